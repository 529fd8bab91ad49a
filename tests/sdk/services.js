/// What the SDKs order besides conversations, at a provider of each kind that serves it.

import assert from 'node:assert/strict';

import * as google from './clients/google.js';
import * as ollama from './clients/ollama.js';
import {sdk as openai} from './clients/openai.js';
import {provider_key, upstreams} from './house.js';
import {open_services} from './services_upstream.js';

const kinds = ['chat', 'gemini', 'ollama'];

/// The house with a provider of each kind that serves such things.
export async function furnish(house) {
  const server = await open_services(provider_key);
  for (const kind of kinds) {
    const at = {port: server.address().port, key: provider_key};
    await house.add_provider(`serve-${kind}`, upstreams[kind], at);
  }
  const base = `http://127.0.0.1:${server.address().port}`;
  for (const [provider, path] of [['deepgram', '/v1'], ['assemblyai', '/v2']]) {
    await house.manage('/api/providers', {
      provider,
      apiKey: provider_key,
      name: provider,
      providerSpecificData: {baseUrl: base + path},
    });
  }
  return server;
}

const numbers = (count) => Array.from({length: count}, (_, i) => String(i));
const vectors = (inputs) => inputs.map((input) => [Number(input), input.length]);
const read = ({data}) => data.map(({embedding}) => [...embedding]);

const at_each = (name, run) =>
  kinds.map((kind) => ({
    name: `${name}, at ${kind}`,
    run: ({house}) => run({house, kind, model: (name) => `serve-${kind}/${name}`}),
  }));

const at_chat = (name, run) => ({
  name,
  run: ({house}) => run({house, model: (name) => `serve-chat/${name}`}),
});

/// Who writes recordings down: of OpenAI's kind, and the two with languages of their own.
const listeners = ['serve-chat/w', 'deepgram/nova-3', 'assemblyai/best'];
const recording = () => new File(['RIFF'], 'talk.mp3', {type: 'audio/mpeg'});

const at_each_listener = (name, run) =>
  listeners.map((model) => ({
    name: `${name}, at ${model}`,
    run: ({house}) => {
      const ask = (more) =>
        openai(house).audio.transcriptions.create({model, file: recording(), ...more});
      return run({house, model, ask});
    },
  }));

export const services = [
  ...at_each_listener('openai: POST /v1/audio/transcriptions', async ({ask}) => {
    const answer = await ask();
    assert.equal(answer.text, 'Good morning.');
    assert.equal(answer.task, 'transcribe');
    assert.equal(typeof answer.language, 'string');
    assert.equal(typeof answer.duration, 'number');
  }),
  ...at_each_listener('openai: POST /v1/audio/transcriptions, as text', async ({ask}) => {
    assert.equal((await ask({response_format: 'text'})).trim(), 'Good morning.');
    const srt = await ask({response_format: 'srt'});
    assert.match(srt, /^1\n00:00:00,000 --> 00:00:01,\d{3}\nGood morning\.\n/);
  }),
  ...at_each_listener('openai: POST /v1/audio/transcriptions, streamed', async ({ask}) => {
    const types = [];
    for await (const {type} of await ask({stream: true})) types.push(type);
    assert.deepEqual(types, ['transcript.text.delta', 'transcript.text.done']);
  }),
  at_chat('openai: POST /v1/audio/transcriptions that fails', async ({house, model}) => {
    const ask = (name) =>
      openai(house).audio.transcriptions.create({model: name, file: recording()}, {maxRetries: 0});
    for (const status of [400, 422, 500]) {
      await assert.rejects(ask(model(`case-t${status}/fail-${status}`)), {status, code: status});
    }
    await assert.rejects(ask('nobody'), {
      status: 400,
      message: /Invalid transcription model: nobody/,
    });
  }),
  ...at_each('openai: POST /v1/embeddings, in base64 as the SDK asks', async ({house, model}) => {
    const input = ['7', '88'];
    const answer = await openai(house).embeddings.create({model: model('e'), input});
    assert.deepEqual(read(answer), vectors(input));
    assert.equal(answer.model, model('e'));
  }),
  ...at_each('openai: POST /v1/embeddings, as floats', async ({house, kind, model}) => {
    const asked = {model: model('e'), input: '12', encoding_format: 'float'};
    const answer = await openai(house).embeddings.create(asked);
    assert.deepEqual(answer.data[0].embedding, [12, 2]);
    assert.equal(answer.usage.total_tokens, kind === 'gemini' ? 0 : 2);
  }),
  ...at_each('openai: POST /v1/embeddings of more than the provider takes', async (with_) => {
    const input = numbers(2500);
    const answer = await openai(with_.house).embeddings.create({model: with_.model('e'), input});
    assert.deepEqual(read(answer), vectors(input));
  }),
  at_chat('openai: POST /v1/embeddings of tokens', async ({house, model}) => {
    const answer = await openai(house).embeddings.create({model: model('e'), input: [[5, 6], [7]]});
    assert.deepEqual(read(answer), [[5, 2], [7, 1]]);
  }),
  ...at_each('openai: POST /v1/embeddings that fail', async ({house, model}) => {
    const ask = (name) =>
      openai(house).embeddings.create({model: model(name), input: 'x'}, {maxRetries: 0});
    for (const status of [400, 404, 422, 500, 503]) {
      await assert.rejects(ask(`case-${status}/fail-${status}`), {status});
    }
    await assert.rejects(openai(house).embeddings.create({model: 'nobody', input: 'x'}), {
      status: 400,
      message: /Invalid embedding model: nobody/,
    });
  }),
  ...at_each('@google/genai: embedContent', async ({house, model}) => {
    const contents = ['3', '44'];
    const {embeddings} = await google.sdk(house).models.embedContent({model: model('e'), contents});
    assert.deepEqual(embeddings.map(({values}) => values), vectors(contents));
  }),
  ...at_each('ollama: embed', async ({house, model}) => {
    const input = ['3', '44'];
    const {embeddings} = await ollama.sdk(house).embed({model: model('e'), input});
    assert.deepEqual(embeddings, vectors(input));
  }),
  at_chat('openai: GET /v1/embeddings lists models', async ({house}) => {
    const {data} = await openai(house).get('/embeddings');
    const row = data.find(({id}) => id.endsWith('/text-embedding-3-small'));
    assert.equal(row.dimensions, 1536);
    assert.ok(data.every(({type}) => type === 'embedding'));
  }),
  at_chat('openai: POST /v1/images/generations', async ({house, model}) => {
    const asked = {model: model('i'), prompt: 'a cat', n: 2, size: '1024x1024'};
    const {created, data} = await openai(house).images.generate(asked);
    assert.equal(created, 1_700_000_000);
    assert.equal(data.length, 2);
    assert.ok(Buffer.from(data[0].b64_json, 'base64').subarray(1, 4).equals(Buffer.from('PNG')));
    const by_url = await openai(house).images.generate({...asked, response_format: 'url'});
    assert.equal(by_url.data[0].url, 'https://images.example/1.png');
  }),
  at_chat('openai: POST /v1/images/generations that fails', async ({house, model}) => {
    const asked = {model: model('case-i/fail-400'), prompt: 'a cat'};
    await assert.rejects(openai(house).images.generate(asked), {
      status: 400,
      code: 'upstream_error',
    });
  }),
  at_chat('openai: POST /v1/audio/speech', async ({house, model}) => {
    const asked = {model: model('s'), input: 'Hello', voice: 'alloy'};
    const answer = await openai(house).audio.speech.create(asked);
    assert.equal(answer.headers.get('content-type'), 'audio/mpeg');
    assert.equal(Buffer.from(await answer.arrayBuffer()).toString(), 'ID3: Hello');
  }),
  at_chat('openai: POST /v1/moderations', async ({house, model}) => {
    const {results} = await openai(house).moderations.create({model: model('mod'), input: 'Hi'});
    assert.equal(results[0].flagged, false);
  }),
  at_chat('openai: POST /v1/completions', async ({house, model}) => {
    const {choices, usage} = await openai(house).completions.create({
      model: model('c'),
      prompt: 'Hi',
    });
    assert.equal(choices[0].text, ' after Hi');
    assert.equal(usage.total_tokens, 5);
  }),
  at_chat('POST /v1/rerank', async ({house, model}) => {
    const body = {model: model('r'), query: 'q', documents: ['a', 'b']};
    const {results} = await openai(house).post('/rerank', {body});
    assert.equal(results[1].relevance_score, 0.5);
  }),
  {
    name: 'openai: demo/embed and demo/image need no account',
    async run({house}) {
      const {data} = await openai(house).embeddings.create({model: 'demo/embed', input: 'a b c'});
      assert.equal(data[0].embedding.length, 64);
      const image = await openai(house).images.generate({model: 'demo/image', prompt: 'a cat'});
      assert.ok(image.data[0].b64_json);
    },
  },
];
