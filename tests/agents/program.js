/// An agent as a process, in a home and a folder of its own.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const run_ms_max = 75_000;
const shown_max = 1500;  // of what it printed, when something is wrong with it

export const installed = (path) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

function events_in(text) {
  return text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

/// Who has left the group may still hold the pipes, so they are let go of as well.
function kill_group({pid, exitCode, signalCode, stdout, stderr}) {
  if (exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  stdout.destroy();
  stderr.destroy();
}

export class Desk {
  /// Where somebody sits who has told the agent where the gateway is.
  static async open(agent, where) {
    const desk = new Desk();
    desk.agent = agent;
    desk.home = await mkdtemp(join(tmpdir(), 'omniroute-agent-'));
    desk.folder = join(desk.home, 'work');
    desk.variables = {
      HOME: desk.home,
      TMPDIR: join(desk.home, 'tmp'),
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    };
    await Promise.all([desk.folder, desk.variables.TMPDIR].map((path) => mkdir(path)));
    await desk.set(agent.quiet);
    await desk.set(agent.settings(where));
    return desk;
  }

  async set({variables = {}, files = {}}) {
    Object.assign(this.variables, variables);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.home, path)), {recursive: true});
      await writeFile(join(this.home, path), text);
    }
  }

  close() {
    return rm(this.home, {recursive: true, maxRetries: 5});
  }

  ask(prompt) {
    return this.run(this.agent.ask(prompt));
  }

  go_on(prompt) {
    return this.run(this.agent.go_on(prompt));
  }

  /// What the agent printed, as it means it, and its exit status; null if it had to be killed.  It
  /// leads a group of processes, all of which go with it.
  async run([file, ...args]) {
    const process_ = spawn(file, args, {
      cwd: this.folder,
      env: this.variables,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, complained] = [[], []];
    process_.stdout.on('data', (bytes) => said.push(bytes));
    process_.stderr.on('data', (bytes) => complained.push(bytes));
    const timer = setTimeout(() => kill_group(process_), run_ms_max);
    const [status] = await once(process_, 'close');
    clearTimeout(timer);
    const out = Buffer.concat(said).toString();
    const complaints = Buffer.concat(complained).toString();
    const printed = `${out.slice(-shown_max)}\n${complaints.slice(-shown_max)}`;
    return {...this.agent.read(events_in(out)), status, printed};
  }
}
