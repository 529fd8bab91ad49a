/// Writes what is known of the agents into the page for users, between the marks that are there:
/// how each was told where the gateway is, which is what the tests have done, and what came of it.

import {readFile, writeFile} from 'node:fs/promises';

const page = new URL('../../docs/howto/connect-an-agent.md', import.meta.url);
const pinned = new URL('package.json', import.meta.url);
/// What a reader has to put his own for.
const where = {base: 'http://127.0.0.1:20128', key: 'sk-…'};
const model = 'groq/llama-3.3-70b-versatile';

const block = (language, text) => `\`\`\`${language}\n${text.trim()}\n\`\`\``;

function settings({variables = {}, files = {}}) {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  const texts = Object.entries(files).map(([path, text]) =>
    `In \`~/${path}\`:\n\n${block(path.split('.').at(-1), text)}`);
  return [block('sh', lines.join('\n')), ...texts].join('\n\n');
}

function aliases({own_names, small_names = []}) {
  const lines = [...own_names, ...small_names].map((alias) =>
    `curl localhost:20128/api/models/alias -H 'content-type: application/json' \\\n` +
    `  -d '${JSON.stringify({alias, model})}'`);
  return block('sh', lines.join('\n'));
}

function outcome(agent, up, cases, passed) {
  const failed = cases.filter(({name}) => !passed.has(`${agent.name}, ${up}, ${name}`));
  const count = `${cases.length - failed.length} of ${cases.length}`;
  return failed.length === 0 ? count : `${count}; not: ${failed.map(({name}) => name).join('; ')}`;
}

function table(agents, ups, cases, {passed, versions}) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const head = ['agent', 'version', ...ups.map((up) => `\`${up}\``)];
  const body = agents.map((agent) => [
    agent.name,
    versions[agent.npm_package],
    ...ups.map((up) => outcome(agent, up, cases, passed)),
  ]);
  return [row(head), `|${'---|'.repeat(head.length)}`, ...body.map(row)].join('\n');
}

export async function write_page(agents, ups, cases, passed) {
  const versions = JSON.parse(await readFile(pinned, 'utf8')).dependencies;
  const parts = {
    outcome: table(agents, ups, cases, {passed, versions}),
    checks: cases.map(({name}) => `- ${name}`).join('\n'),
  };
  for (const agent of agents) {
    parts[`settings of ${agent.name}`] = settings(agent.settings({...where, model}));
    parts[`names of ${agent.name}`] = aliases(agent);
  }
  const text = await readFile(page, 'utf8');
  const written = text.replace(/(<!-- (.+?): -->\n).*?(<!-- \. -->)/gs, (all, begin, name, end) =>
    `${begin}\n${parts[name]}\n\n${end}`);
  if (written !== text) await writeFile(page, written);
}
