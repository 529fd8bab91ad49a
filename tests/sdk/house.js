/// One mock and one gateway for all tests; the gateway has the mock's five dialects as providers.

import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {Worker} from 'node:worker_threads';

const built = new URL('../../build/dev/omniroute', import.meta.url);
const binary = process.env.OMNIROUTE_BINARY ?? fileURLToPath(built);
export const provider_key = 'key-of-the-provider';

/// What a provider may speak, and where the mock speaks it.
export const upstreams = {
  chat: {type: 'openai-compatible', apiType: 'chat', path: '/v1'},
  responses: {type: 'openai-compatible', apiType: 'responses', path: '/v1'},
  anthropic: {type: 'anthropic-compatible', path: '/v1'},
  gemini: {type: 'gemini-compatible', path: '/v1beta'},
  ollama: {type: 'ollama-compatible', path: ''},
};

/// Starts the binary, and waits for the line that says where it listens.
function start(...args) {
  // Providers of the catalogue may be played here, too.
  const env = {...process.env, OMNIROUTE_ALLOW_PRIVATE_PROVIDER_URLS: 'true'};
  const process_ = spawn(binary, args, {env, stdio: ['ignore', 'pipe', 'pipe']});
  const said = [];
  process_.stderr.on('data', (bytes) => said.push(bytes));
  return new Promise((resolve, reject) => {
    process_.once('exit', () => reject(new Error(`${binary} ${args.join(' ')}: ${said.join('')}`)));
    createInterface({input: process_.stdout}).on('line', (line) => {
      const port = line.match(/ listens on http:.*:(\d+)$/)?.[1];
      if (port) resolve({process: process_, port: Number(port)});
    });
  });
}

async function stop({process: process_}) {
  const gone = once(process_, 'exit');
  process_.kill('SIGTERM');
  await gone;
}

export class House {
  static async open(...flags) {
    const house = new House();
    house.data = await mkdtemp(join(tmpdir(), 'omniroute-sdk-'));
    [house.mock, house.gateway] = await Promise.all([
      start('mock', '--port', '0', '--record', '--key', provider_key),
      start('serve', '--port', '0', '--data-dir', house.data, ...flags),
    ]);
    house.base = `http://127.0.0.1:${house.gateway.port}`;
    try {
      await house.furnish();
    } catch (error) {
      await house.close();
      throw error;
    }
    return house;
  }

  async close() {
    await Promise.all([this.slicer?.terminate(), stop(this.mock), stop(this.gateway)]);
    await rm(this.data, {recursive: true});
  }

  /// Each dialect is there three times: as it is, in slices, and with a key that is refused.
  async furnish() {
    const key = await this.manage('/api/keys', {name: 'SDK tests'});
    this.key = key.key;
    const near = {port: this.mock.port, host: '127.0.0.1'};
    this.slicer = new Worker(new URL('slicer.js', import.meta.url), {workerData: near});
    const [sliced] = await once(this.slicer, 'message');
    for (const [name, how] of Object.entries(upstreams)) {
      await this.add_provider(`plain-${name}`, how, {port: this.mock.port, key: provider_key});
      await this.add_provider(`sliced-${name}`, how, {port: sliced, key: provider_key});
      await this.add_provider(`barred-${name}`, how, {port: this.mock.port, key: 'not-it'});
    }
  }

  async add_provider(prefix, {path, ...how}, {port, key}) {
    const baseUrl = `http://127.0.0.1:${port}${path}`;
    const asked = {...how, prefix, name: prefix, baseUrl};
    const {node} = await this.manage('/api/provider-nodes', asked);
    await this.manage('/api/providers', {provider: node.id, apiKey: key, name: prefix});
  }

  /// How many answers of the mock's were left by their reader.
  async left() {
    return (await this.ask_mock('connections')).ended_by_peer;
  }

  alias(alias, model) {
    return this.manage('/api/models/alias', {alias, model});
  }

  async manage(path, body) {
    const answer = await fetch(this.base + path, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async ask_mock(path) {
    return (await fetch(`http://127.0.0.1:${this.mock.port}/mock/${path}`)).json();
  }

  /// What the mock was asked for models with this mark in their name.
  async arrived(mark) {
    const {requests} = await this.ask_mock('requests');
    const model_of = ({path, body}) => body.model ?? decodeURIComponent(path);
    return requests.filter((request) => model_of(request).includes(mark));
  }
}
