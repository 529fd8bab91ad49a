/// What clients notice first when a gateway gets it wrong, by the numbers under which it is known:
/// T of the traps of gateways, S of the surprises of clients.  Raw requests, for SDKs forgive much.

import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {brotliCompressSync, gzipSync} from 'node:zlib';

import {check_stream} from './wire.js';

const schema = {type: 'object', properties: {place: {type: 'string'}}, required: ['place']};
const asked = 'Hello there, world';
const messages = [{role: 'user', content: asked}];
const contents = [{role: 'user', parts: [{text: asked}]}];

async function ask({house, fields}, path, body) {
  const answer = await fetch(house.base + path, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(body && {'content-type': 'application/json'}),
      authorization: `Bearer ${house.key}`,
      ...fields,
    },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  const json = text.startsWith('{') && !text.includes('}\n{') ? JSON.parse(text) : undefined;
  return {status: answer.status, type: answer.headers.get('content-type'), text, json};
}

const frames = (text) => text.split(/\r?\n\r?\n/).filter((frame) => frame.startsWith('data: '));

export const everywhere = {
  'T03 a tool keeps the name that only its own dialect allows': async (with_) => {
    const name = 'files.read:now-and_then';
    const tools = [{functionDeclarations: [{name, parametersJsonSchema: schema}]}];
    const path = `/v1beta/models/${with_.model('tool')}:generateContent`;
    const {json} = await ask(with_, path, {contents, tools});
    assert.equal(json.candidates[0].content.parts[0].functionCall.name, name);
  },
  'T07 without a word about streams each dialect answers as it is used to': async (with_) => {
    const model = with_.model('echo');
    const whole = [
      ['/v1/chat/completions', {messages}],
      ['/v1/responses', {input: asked}],
      ['/v1/messages', {messages, max_tokens: 64}],
    ];
    for (const [path, body] of whole) {
      const {status, type, text} = await ask(with_, path, {model, ...body});
      assert.equal(status, 200, text);
      assert.equal(type, 'application/json');
      assert.ok(text.includes(asked), text);
    }
    const {type, text} = await ask(with_, '/api/chat', {model, messages});
    assert.equal(type, 'application/x-ndjson');
    assert.ok(text.split('\n').length > 2, text);
  },
  'T09 usage comes only where it was asked for, and every other chunk has a choice': async (with_) => {
    const body = {model: with_.model('echo'), messages, stream: true};
    const {text} = await ask(with_, '/v1/chat/completions', body);
    for (const frame of frames(text).slice(0, -1)) {
      const {choices, usage} = JSON.parse(frame.slice(6));
      assert.equal(choices.length, 1, frame);
      assert.ok(!usage, frame);
    }
  },
  'T10 and T11 events of Responses are numbered, and the last one tells all': async (with_) => {
    for (const behaviour of ['echo', 'think', 'tools']) {
      await check_stream(with_.house, 'OpenAI Responses', with_.model(behaviour));
    }
  },
  'T13 Gemini is answered as Gemini does': async (with_) => {
    const at = (action) => `/v1beta/models/${with_.model('echo')}:${action}`;
    const {json} = await ask(with_, at('generateContent'), {contents});
    assert.equal(json.candidates[0].content.parts[0].text, asked);
    assert.equal(json.candidates[0].finishReason, 'STOP');
    const events = await ask(with_, at('streamGenerateContent?alt=sse'), {contents});
    assert.equal(events.type, 'text/event-stream');
    assert.ok(!events.text.includes('[DONE]') && !/^event:/m.test(events.text), events.text);
    const list = await ask(with_, at('streamGenerateContent'), {contents});
    assert.equal(list.type, 'application/json');
    const said = JSON.parse(list.text).flatMap(({candidates}) => candidates[0].content?.parts ?? []);
    assert.equal(said.map(({text}) => text).join(''), asked);
  },
  'T27 nothing of a text is altered': async (with_) => {
    const content = '<think>no</think>\n\n\n\n  if (a) {\n\n\n\n\tb \u2028 \0 "\\u00e9" }\n\n';
    const {json} = await ask(with_, '/v1/chat/completions', {
      model: with_.model('echo'),
      messages: [{role: 'user', content}],
    });
    assert.equal(json.choices[0].message.content, content);
  },
  'T30 Ollama has one last line, whole answers and true errors': async (with_) => {
    const streamed = await ask(with_, '/api/chat', {model: with_.model('echo'), messages});
    const lines = streamed.text.trimEnd().split('\n').map(JSON.parse);
    assert.equal(lines.filter(({done}) => done).length, 1);
    assert.equal(lines.at(-1).done_reason, 'stop');
    assert.ok(lines.at(-1).eval_count > 0);
    const body = {model: with_.model('echo'), messages, stream: false};
    const whole = await ask(with_, '/api/chat', body);
    assert.equal(whole.type, 'application/json');
    assert.equal(whole.json.message.content, asked);
    assert.ok(whole.json.done);
    const failed = await ask(with_, '/api/chat', {model: with_.model('fail-404'), messages});
    assert.equal(failed.status, 404);
    assert.equal(typeof failed.json.error, 'string');
  },
  'S02 models with slashes come as they are, also without the word models': async (with_) => {
    for (const path of ['/v1beta/models/', '/v1beta/', '/v1/models/']) {
      const {status, text} = await ask(with_, `${path}${with_.model('echo')}:generateContent`, {
        contents,
      });
      assert.equal(status, 200, `${path}: ${text}`);
    }
  },
  'S04 a call comes back with the namespace of its tool': async (with_) => {
    const search = {type: 'function', name: 'search', description: 'It finds.', parameters: schema};
    const space = {type: 'namespace', name: 'mcp__docs', description: 'Docs.', tools: [search]};
    const body = {model: with_.model('tool'), input: asked, tools: [space, {type: 'web_search'}]};
    const {json, text} = await ask(with_, '/v1/responses', {...body, client_metadata: {a: 'b'}});
    const [call] = json.output.filter(({type}) => type === 'function_call');
    assert.deepEqual([call?.namespace, call?.name], ['mcp__docs', 'search'], text);
  },
  'S06 clients ask again by themselves, so each failure is asked for once': async (with_) => {
    for (const status of [429, 500]) {
      const model = with_.model(`fail-${status}`);
      const failed = await ask(with_, '/v1/messages', {model, messages, max_tokens: 64});
      assert.equal(failed.status, status);
    }
    assert.equal((await with_.arrived()).length, 2);
  },
  'S06 no word of a newer API is refused': async (with_) => {
    const newer = {brand_new: {a: 1}};
    const betas = {'anthropic-beta': 'brand-new-2099-01-01,another-2099-01-01'};
    const body = {model: with_.model('echo'), messages, max_tokens: 64};
    const anthropic = with_.up === 'anthropic' ? {} : newer; // at home it is the provider's to say
    const {status, text} = await ask({...with_, fields: betas}, '/v1/messages', {
      ...body,
      ...anthropic,
    });
    assert.equal(status, 200, text);
  },
  'S07 the first count of output can be added to the last': async (with_) => {
    const body = {model: with_.model('echo'), messages, max_tokens: 64, stream: true};
    const {text} = await ask(with_, '/v1/messages', body);
    const [, start] = text.match(/^data: (\{"type":"message_start".*)$/m);
    assert.ok(JSON.parse(start).message.usage.output_tokens <= 1, start);
  },
  'S08 a tool may have no parameters': async (with_) => {
    const {json, text} = await ask(with_, '/v1/chat/completions', {
      model: with_.model('tool'),
      messages,
      tools: [{type: 'function', function: {name: 'now', description: 'The time.'}}],
    });
    assert.equal(json.choices[0].message.tool_calls?.[0].function.arguments, '{}', text);
  },
};

/// A provider that answers every request with "Hi", packed in one way.
async function with_packing_provider(house, encoding, pack, run) {
  const choices = [{index: 0, message: {role: 'assistant', content: 'Hi'}, finish_reason: 'stop'}];
  const body = pack(JSON.stringify({id: 'c1', object: 'chat.completion', created: 1, choices}));
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, {'content-type': 'application/json', 'content-encoding': encoding});
    response.end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  try {
    const how = {type: 'openai-compatible', apiType: 'chat', path: '/v1'};
    await house.add_provider(`packs-${encoding}`, how, {port: server.address().port, key: 'k'});
    await run(`packs-${encoding}/m`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export const once = {
  'All: answers that come packed are unpacked': async ({house}) => {
    for (const [encoding, pack] of [['gzip', gzipSync], ['br', brotliCompressSync]]) {
      await with_packing_provider(house, encoding, pack, async (model) => {
        const {json, text} = await ask({house}, '/v1/chat/completions', {model, messages});
        assert.equal(json?.choices[0].message.content, 'Hi', text);
      });
    }
  },
  'S01 lists are told apart by what the client says of itself': async ({house}) => {
    const list = async (fields) => (await ask({house, fields}, '/v1/models')).json;
    assert.equal((await list({})).object, 'list');
    const google = await list({'x-goog-api-client': 'google-genai-sdk/3.1.0'});
    assert.ok(google.models.some(({name}) => name === 'models/plain-chat/echo'));
    assert.ok('has_more' in (await list({'anthropic-version': '2023-06-01'})));
  },
  'S09 what Claude Code looks for at its start is there or is not found': async ({house}) => {
    const {status, json} = await ask({house}, '/v1/models?limit=1000');
    assert.equal(status, 200);
    assert.ok(json.data.length > 0);
    assert.equal((await fetch(`${house.base}/api/hello`, {method: 'HEAD'})).status, 404);
  },
};
