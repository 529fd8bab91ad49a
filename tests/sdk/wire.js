/// What stands on the wire of a stream, of which SDKs forgive much.

import assert from 'node:assert/strict';
import {setTimeout} from 'node:timers/promises';

const call = {name: 'get_weather', description: 'It is the weather.'};
const schema = {type: 'object', properties: {place: {type: 'string'}}, required: ['place']};
const text = 'Hello there, world';
const messages = [{role: 'user', content: text}];
const functions = [{type: 'function', function: {...call, parameters: schema}}];

/// Frames of server-sent events: the name and the data of each.
function frames_of(said) {
  const body = said.replaceAll('\r\n', '\n');  // Google's lines end so
  assert.ok(body.endsWith('\n\n'), 'the last event is whole');
  return body
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const fields = frame.split('\n').filter((line) => !line.startsWith(':'));
      const value = (name) => fields.find((line) => line.startsWith(`${name}: `));
      return {event: value('event')?.slice(7), data: value('data')?.slice(6)};
    })
    .filter(({data}) => data !== undefined);
}

/// Events whose name stands twice, and that end without a mark.
function named_events_of(body) {
  return frames_of(body).map(({event, data}) => {
    const parsed = JSON.parse(data);
    assert.equal(event, parsed.type);
    return parsed;
  });
}

const only = (list) => {
  assert.equal(list.length, 1, JSON.stringify(list));
  return list[0];
};

function check_chat(body) {
  const frames = frames_of(body);
  assert.ok(frames.every(({event}) => event === undefined));
  assert.equal(frames.pop().data, '[DONE]');
  const chunks = frames.map(({data}) => JSON.parse(data));
  assert.equal(new Set(chunks.map(({id}) => id)).size, 1);
  assert.equal(new Set(chunks.map(({created}) => created)).size, 1);
  assert.ok(chunks.every(({object}) => object === 'chat.completion.chunk'));
  const choices = chunks.flatMap(({choices}) => choices);
  assert.ok(choices.every(({index}) => index === 0));
  assert.equal(choices.filter(({delta}) => delta.role).length, 1);
  assert.equal(choices[0].delta.role, 'assistant');
  only(choices.filter(({finish_reason}) => finish_reason));
  assert.ok(choices.at(-1).finish_reason, 'nothing follows the finish');
  const last = chunks.at(-1);
  assert.deepEqual(only(chunks.filter(({usage}) => usage)), last);
  assert.deepEqual(last.choices, []);
  assert.equal(last.usage.total_tokens, last.usage.prompt_tokens + last.usage.completion_tokens);
  let known = 0;
  for (const {index, id, function: called} of choices.flatMap((c) => c.delta.tool_calls ?? [])) {
    if (id !== undefined) {
      assert.equal(index, known++);
      assert.ok(id.length > 0 && id.length <= 40 && called.name, id);
    }
    assert.equal(index, known - 1, 'calls come one after the other');
  }
}

function check_responses(body) {
  const events = named_events_of(body);
  events.forEach(({sequence_number}, i) => assert.equal(sequence_number, i));
  assert.equal(events[0].type, 'response.created');
  const {response} = events.at(-1);
  assert.equal(events.at(-1).type, 'response.completed');
  const endings = ['response.completed', 'response.failed', 'response.incomplete'];
  only(events.filter(({type}) => endings.includes(type)));
  const added = events.filter(({type}) => type === 'response.output_item.added');
  const done = events.filter(({type}) => type === 'response.output_item.done');
  added.forEach(({output_index}, i) => assert.equal(output_index, i));
  done.forEach(({output_index}, i) => assert.equal(output_index, i));
  assert.deepEqual(done.map(({item}) => item.id), added.map(({item}) => item.id));
  assert.deepEqual(response.output, done.map(({item}) => item));
  const ids = added.map(({item}) => item.id);
  for (const {item_id, output_index} of events.filter(({item_id}) => item_id)) {
    assert.equal(item_id, ids[output_index]);
  }
  const {input_tokens, output_tokens, total_tokens} = response.usage;
  assert.equal(total_tokens, input_tokens + output_tokens);
}

function check_anthropic(body) {
  const events = named_events_of(body).filter(({type}) => type !== 'ping');
  const {type: first, message} = events.shift();
  assert.equal(first, 'message_start');
  assert.ok(message.usage.output_tokens <= 1, 'some clients add this to the final count');
  assert.equal(events.pop().type, 'message_stop');
  const {type, delta, usage} = events.pop();
  assert.equal(type, 'message_delta');
  assert.ok(delta.stop_reason);
  assert.ok(usage.output_tokens > 0);
  let open = null;
  let next = 0;
  for (const {type, index} of events) {
    if (type === 'content_block_start') {
      assert.equal(open, null, 'blocks do not overlap');
      assert.equal(index, next++);
      open = index;
    } else {
      assert.equal(index, open);
      if (type === 'content_block_stop') open = null;
      else assert.equal(type, 'content_block_delta');
    }
  }
  assert.equal(open, null);
  assert.ok(next > 0);
}

function check_gemini(body) {
  const frames = frames_of(body);
  assert.ok(frames.every(({event}) => event === undefined));
  const chunks = frames.map(({data}) => JSON.parse(data));
  const candidates = chunks.flatMap(({candidates}) => candidates ?? []);
  only(candidates.filter(({finishReason}) => finishReason));
  assert.ok(candidates.at(-1).finishReason, 'nothing follows the finish');
  const {promptTokenCount, candidatesTokenCount, thoughtsTokenCount, totalTokenCount} =
    chunks.at(-1).usageMetadata;
  const output = (candidatesTokenCount ?? 0) + (thoughtsTokenCount ?? 0);
  assert.equal(totalTokenCount, promptTokenCount + output);
}

function check_ollama(body) {
  assert.ok(body.endsWith('\n'));
  const lines = body.trimEnd().split('\n').map(JSON.parse);
  assert.ok(lines.every(({model, created_at}) => model && !Number.isNaN(Date.parse(created_at))));
  const last = lines.pop();
  assert.ok(lines.every(({done}) => done === false));
  assert.equal(last.done, true);
  assert.ok(last.done_reason);
  assert.ok(last.prompt_eval_count > 0 && last.eval_count > 0);
  for (const {function: called} of lines.flatMap(({message}) => message.tool_calls ?? [])) {
    assert.equal(typeof called.arguments, 'object');
  }
}

const messages_of_failure = /as its name asks|ended the stream before/;

/// The failure is the last that is said, and nothing looks like a good end.
function check_failure(body, failure, good_end) {
  assert.match(failure, messages_of_failure);
  assert.doesNotMatch(body, good_end);
  assert.match(body, /Lorem/, 'it began well');
}

function check_broken_chat(body) {
  const frames = frames_of(body).filter(({data}) => data !== '[DONE]');
  const {error} = JSON.parse(frames.at(-1).data);
  assert.ok(error.type);
  check_failure(body, error.message, /"finish_reason":"/);
}

function check_broken_responses(body) {
  const {type, response} = named_events_of(body).at(-1);
  assert.equal(type, 'response.failed');
  assert.equal(response.status, 'failed');
  check_failure(body, response.error.message, /response\.completed/);
}

function check_broken_anthropic(body) {
  const {type, error} = named_events_of(body).at(-1);
  assert.equal(type, 'error');
  check_failure(body, error.message, /message_stop|stop_reason":"/);
}

function check_broken_gemini(body) {
  const {error} = JSON.parse(frames_of(body).at(-1).data);
  assert.ok(error.code >= 400 && error.status);
  check_failure(body, error.message, /finishReason/);
}

function check_broken_ollama(body) {
  const {error} = JSON.parse(body.trimEnd().split('\n').at(-1));
  check_failure(body, error, /"done":true/);
}

/// Where a dialect streams, what is asked there, and what must hold of the answer.
export const dialects = {
  'OpenAI chat': {
    path: () => '/v1/chat/completions',
    body: {messages, stream: true, stream_options: {include_usage: true}},
    tools: {tools: functions},
    thinking: {reasoning_effort: 'medium'},
    check: check_chat,
    check_broken: check_broken_chat,
  },
  'OpenAI Responses': {
    path: () => '/v1/responses',
    body: {input: text, stream: true},
    tools: {tools: [{type: 'function', ...call, parameters: schema}]},
    thinking: {reasoning: {effort: 'medium', summary: 'auto'}},
    check: check_responses,
    check_broken: check_broken_responses,
  },
  Anthropic: {
    path: () => '/v1/messages',
    body: {messages, max_tokens: 4096, stream: true},
    tools: {tools: [{...call, input_schema: schema}]},
    thinking: {thinking: {type: 'enabled', budget_tokens: 1024}},
    check: check_anthropic,
    check_broken: check_broken_anthropic,
  },
  Gemini: {
    path: (model) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: {contents: [{role: 'user', parts: [{text}]}]},
    tools: {tools: [{functionDeclarations: [{...call, parametersJsonSchema: schema}]}]},
    thinking: {generationConfig: {thinkingConfig: {includeThoughts: true}}},
    check: check_gemini,
    check_broken: check_broken_gemini,
  },
  Ollama: {
    path: () => '/api/chat',
    body: {messages},
    tools: {tools: functions},
    thinking: {think: true},
    check: check_ollama,
    check_broken: check_broken_ollama,
  },
};

/// The behaviours of the mock whose streams are looked at, and what is asked for besides the text.
export const streams = {echo: undefined, tools: 'tools', think: 'thinking'};

async function ask_stream(house, dialect, model, signal) {
  const {path, body, ...more} = dialects[dialect];
  const extra = more[streams[model.split('/').at(-1)]];
  const answer = await fetch(house.base + path(model), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${house.key}`,
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify({...(dialect === 'Gemini' ? {} : {model}), ...body, ...extra}),
    signal,
  });
  assert.equal(answer.status, 200, answer.ok ? '' : await answer.text());
  return answer;
}

const read_stream = async (...asked) => (await ask_stream(...asked)).text();

/// A failed check shows all of the stream.
function check(said, how) {
  try {
    how(said);
  } catch (error) {
    error.message += `\n${said}`;
    throw error;
  }
}

export async function check_stream(house, dialect, model) {
  check(await read_stream(house, dialect, model), dialects[dialect].check);
}

/// Streams that have begun when something goes wrong.
export const broken_streams = ['error-midstream', 'cut'];

export async function check_broken_stream(house, dialect, model) {
  check(await read_stream(house, dialect, model), dialects[dialect].check_broken);
}

/// The mock's `slow` speaks for two seconds.
export async function check_leaving(house, dialect, model) {
  const before = await house.left();
  const leaving = new AbortController();
  const answer = await ask_stream(house, dialect, model, leaving.signal);
  await answer.body.getReader().read();
  leaving.abort();
  for (let tries = 0; (await house.left()) === before; ++tries) {
    assert.ok(tries < 100, 'the provider was not left');
    await setTimeout(10);
  }
}
