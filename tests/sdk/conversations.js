/// The conversations of tests/wire, as real clients send them, on their way over sockets: whatever
/// the client, each provider is asked what the golden of the pair says, and takes it.

import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';

const folder = new URL('../wire/', import.meta.url);

/// The dialect of a provider of the house, as the cases call it.
const dialects = {
  chat: 'openai_chat',
  responses: 'openai_responses',
  anthropic: 'anthropic',
  gemini: 'gemini',
  ollama: 'ollama',
};
const paths = {
  openai_chat: '/v1/chat/completions',
  openai_responses: '/v1/responses',
  anthropic: '/v1/messages',
  ollama: '/api/chat',
};

/// The traps of gateways, by their numbers, that a case is about.
const traps = {
  system_prompts: 'T01', parallel_tool_calls: 'T02', tool_call: 'T02', tool_names: 'T03',
  tool_results: 'T04', lost_results: 'T04', empty_arguments: 'T05', max_tokens: 'T06',
  agent: 'T12', thinking: 'T12', hard_schemas: 'T15', cache: 'T26', unicode: 'T27', images: 'T28',
  documents: 'T28', claude_code: 'S03', codex: 'S04', gemini_cli_router: 'S05',
  gemini_cli: 'T14',
};

/// What hints tell comes of a provider's data, which the providers of the house lack; and whose a
/// seal is they know only of what they have sealed themselves.
const has_hints = (sections) => sections.some(([head]) => head === 'hints');
/// At home it goes by as it came all the same.
const sealed_at_home = (name, up) => name === 'gemini_cli' && up === 'gemini';

function sections_of(text) {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n');
      return [section.slice(0, end), section.slice(end + 1).trim()];
    });
}

function read_request(text) {
  const [first] = text.split('\n', 1);
  return first.startsWith('/') ? {path: first, body: text.slice(first.length)} : {body: text};
}

/// What a provider is asked; the request itself where that goes by as it came.
function golden_of(sections, client, provider, request) {
  const [, text] = sections.find(([head]) => {
    const [what, ...words] = head.split(' ');
    return what === 'sent' && words.at(-1) === provider && words.slice(0, -2).includes(client);
  });
  if (text.includes('(as it came)')) return request;
  return text.slice(text.search(/^\{/m)).split(/^loss/m, 1)[0];
}

/// What Anthropic is told where the client gives no limit, or none that leaves room for thoughts, of
/// models that are known and not.
const default_limits = [64000, 32000, 8192];

const names_a_limit = (request) =>
  /"(max_tokens|max_completion_tokens|max_output_tokens|maxOutputTokens|num_predict)"/.test(request);

/// Without what is the house's: the name of the model, and how it is answered.  Its Chat provider
/// is one that knows no developer, and its Responses provider does not know Codex.
function kernel_of(text, up, request) {
  const {model, stream, stream_options, client_metadata, ...rest} = JSON.parse(text);
  const ours = up === 'anthropic' && (rest.thinking || !names_a_limit(request));
  if (ours && default_limits.includes(rest.max_tokens)) {
    delete rest.max_tokens;
    delete rest.thinking?.budget_tokens;
  }
  if (up !== 'chat') return rest;
  const messages = rest.messages.map(({role, ...more}) => ({
    role: role === 'developer' ? 'system' : role,
    ...more,
  }));
  return {...rest, messages};
}

async function send({house}, client, model, {path = paths[client], body}) {
  const gemini = client === 'gemini';
  const at = gemini ? path?.replace(/\/models\/[^:]*:/, `/models/${model}:`) : path;
  const answer = await fetch(house.base + (at ?? `/v1beta/models/${model}:generateContent`), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${house.key}`,
      'anthropic-version': '2023-06-01',
    },
    body: gemini ? body : body.replace(/"model": *"[^"]*"/, `"model": "${model}"`),
  });
  return {status: answer.status, said: await answer.text()};
}

async function check(with_, sections, may_be_refused_at_home) {
  const {up} = with_;
  for (const [head, text] of sections) {
    const [what, client] = head.split(' ');
    if (what !== 'request') continue;
    const request = read_request(text);
    const mark = `${client}-asks`;
    const {status, said} = await send(with_, client, with_.model(`${mark}/echo`), request);
    const asked = (await with_.arrived()).find(({path, body}) =>
      `${path} ${body.model}`.includes(mark));
    assert.ok(asked, `${client}: ${said}`);
    const golden = golden_of(sections, client, dialects[up], request.body);
    const {client_metadata} = asked.body;
    const kernels = [JSON.stringify(asked.body), golden].map((each) =>
      kernel_of(each, up, request.body));
    assert.deepEqual(kernels[0], kernels[1], client);
    assert.equal(client_metadata, undefined);
    if (golden === request.body && may_be_refused_at_home) continue;
    assert.equal(status, 200, `${client}: ${said}`);
  }
}

export const conversations = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith('.case') && !file.startsWith('error_'))
    .map((file) => [file.slice(0, -5), sections_of(readFileSync(new URL(file, folder), 'utf8'))])
    .map(([name, sections]) => [
      traps[name] ? `${traps[name]} ${name}` : name,
      {
        applies: (up) => !has_hints(sections) || sealed_at_home(name, up),
        run: (with_) => check(with_, sections, name === 'lost_results'),
      },
    ]),
);
