/// Every path of the data plane once, as any program may call it, at the built-in provider; where a
/// path has other spellings, those too.

import assert from 'node:assert/strict';

const json = {'content-type': 'application/json'};

async function call(house, method, path, body, status = 200) {
  const headers = {...json, authorization: `Bearer ${house.key}`};
  const sent = body && JSON.stringify(body);
  const answer = await fetch(house.base + path, {method, headers, body: sent});
  const text = await answer.text();
  assert.equal(answer.status, status, `${path}: ${text}`);
  assert.match(answer.headers.get('content-type'), /json|event-stream/);
  return answer.headers.get('content-type').includes('json') ? JSON.parse(text) : text;
}

const messages = [{role: 'user', content: 'Hello'}];
const chat = {model: 'demo/echo', messages};
const contents = [{role: 'user', parts: [{text: 'Hello'}]}];
const anywhere = (path) => [path, `/api${path}`, `/v1${path}`];

/// `[method, path, other spellings, body, what the answer has to be]`
const rows = [
  ['POST', '/v1/chat/completions', [...anywhere('/v1/chat/completions'), '/chat/completions'], chat,
    ({choices}) => assert.equal(choices[0].message.content, 'Hello')],
  ['POST', '/v1/messages', anywhere('/v1/messages'), {...chat, max_tokens: 9},
    ({content}) => assert.equal(content[0].text, 'Hello')],
  ['POST', '/v1/messages/count_tokens', anywhere('/v1/messages/count_tokens'), chat,
    ({input_tokens}) => assert.ok(input_tokens > 0)],
  ['POST', '/v1/responses', [...anywhere('/v1/responses'), '/responses', '/codex/responses'],
    {model: 'demo/echo', input: 'Hello'},
    ({output}) => assert.equal(output.at(-1).content[0].text, 'Hello')],
  ['POST', '/v1/embeddings', anywhere('/v1/embeddings'), {model: 'demo/embed', input: ['a', 'b']},
    ({data}) => assert.deepEqual(data.map(({index}) => index), [0, 1])],
  ['GET', '/v1/embeddings', ['/api/v1/embeddings'], undefined,
    ({data}) => assert.ok(data.some(({id}) => id === 'nebius/Qwen/Qwen3-Embedding-8B'))],
  ['POST', '/v1/images/generations', anywhere('/v1/images/generations'),
    {model: 'demo/image', prompt: 'a cat'}, ({data}) => assert.ok(data[0].b64_json)],
  ['GET', '/v1/images/generations', ['/api/v1/images/generations'], undefined,
    ({data}) => assert.ok(data.some(({id}) => id === 'openai/dall-e-3'))],
  ['GET', '/v1/models', ['/v1', '/models', '/api/v1/models', '/v1/v1/models'], undefined,
    ({object, data}) => assert.ok(object === 'list' && Array.isArray(data))],
  ['GET', '/v1beta/models', ['/api/v1beta/models'], undefined,
    ({models}) => assert.ok(Array.isArray(models))],
  ['POST', '/v1beta/models/{...path}', ['/v1beta/models/demo/echo:generateContent'], {contents},
    ({candidates}) => assert.equal(candidates[0].content.parts[0].text, 'Hello')],
  ['POST', '/v1/api/chat', ['/v1/api/chat', '/api/chat'], {...chat, stream: false},
    ({message}) => assert.equal(message.content, 'Hello')],
  ['GET', '/api/tags', ['/v1/api/tags'], undefined,
    ({models}) => assert.ok(Array.isArray(models))],
  ['POST', '/v1/providers/{provider}/chat/completions',
    anywhere('/v1/providers/demo/chat/completions'), {...chat, model: 'echo'},
    ({choices}) => assert.equal(choices[0].message.content, 'Hello')],
  ['POST', '/v1/providers/{provider}/embeddings', ['/v1/providers/demo/embeddings'],
    {model: 'embed', input: 'a'}, ({model}) => assert.equal(model, 'demo/embed')],
  ['POST', '/v1/providers/{provider}/images/generations',
    ['/v1/providers/demo/images/generations'], {model: 'image', prompt: 'a cat'},
    ({data}) => assert.equal(data.length, 1)],
];

export const paths = [
  ...rows.map(([method, path, spellings, body, check]) => ({
    name: `${method} ${path}`,
    async run({house}) {
      for (const each of new Set([path.includes('{') ? spellings[0] : path, ...spellings])) {
        check(await call(house, method, each, body));
      }
    },
  })),
  ...['chat/completions', 'embeddings', 'images/generations'].map((service) => ({
    name: `POST /v1/providers/{provider}/${service} refuses a model of another provider`,
    async run({house}) {
      const body = {model: 'openai/gpt-4o', messages, input: 'a', prompt: 'a'};
      const {error} = await call(house, 'POST', `/v1/providers/demo/${service}`, body, 400);
      assert.match(error.message, /does not belong to provider "demo"/);
    },
  })),
];
