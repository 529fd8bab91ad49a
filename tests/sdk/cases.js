/// What every client is asked to do with every provider.  A case gets an `ask` that sends a request
/// to a model of the mock and gives the answer in one form for all clients.

import assert from 'node:assert/strict';

import {provider_key} from './house.js';

const hard_text = 'Grüße, 日本語 and 👩‍👩‍👧‍👦 🎉 \u2028 "quoted" \\ back';
const tiny_png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E' +
  'rkJggg==';

const shape = (properties) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const city = shape({name: {type: 'string'}, inhabitants: {type: 'integer'}});
const weather = {name: 'get_weather', schema: shape({place: {type: 'string'}})};
const time = {name: 'get_time', schema: shape({zone: {type: 'string'}, exact: {type: 'boolean'}})};

/// About four characters of the mock's are a token.
const tokens_of = (text) => Math.ceil(Buffer.byteLength(text) / 4);

function fits({name, input}) {
  if (name === weather.name) return assert.equal(typeof input.place, 'string');
  assert.equal(name, time.name);
  assert.equal(typeof input.zone, 'string');
  assert.equal(typeof input.exact, 'boolean');
}

/// The result of a tool as the client sends it.
const heard = (client, result) => client.wrapped?.(result) ?? result.text;

/// A client that reads what another here reads as well is shown the failures of one provider alone.
const fails_differently = ({client, up}) => !client.repeats || up === 'anthropic';

/// Where an image stands in what a provider of that dialect is asked.
const image_of = {
  chat: ({messages}) => messages[0].content[1].image_url.url.split(',')[1],
  responses: ({input}) => input[0].content[1].image_url.split(',')[1],
  anthropic: ({messages}) => messages[0].content[1].source.data,
  gemini: ({contents}) => contents[0].parts[1].inlineData.data,
  ollama: ({messages}) => messages[0].images[0],
};

export const cases = [
  {
    name: 'says what the model says, and why it stopped',
    async run({ask}) {
      const {text, stop} = await ask('echo', {text: 'Hello there, world'});
      assert.equal(text, 'Hello there, world');
      assert.equal(stop, 'stop');
    },
  },
  {
    name: 'keeps every character of a text that comes in slices of a few bytes',
    async run({ask}) {
      const {text} = await ask('echo', {text: hard_text, through: 'sliced'});
      assert.equal(text, hard_text);
    },
  },
  {
    name: 'counts the tokens as the provider does',
    async run({ask}) {
      const text = 'One two three four five six seven eight nine ten';
      const {usage} = await ask('echo', {text});
      assert.equal(usage.output, tokens_of(text));
      assert.ok(usage.input >= tokens_of(text), `input ${usage.input}`);
      if ('total' in usage) assert.equal(usage.total, usage.input + usage.output);
    },
  },
  {
    name: 'says that the limit of tokens was reached',
    async run({ask}) {
      const {text, stop} = await ask('lorem', {text: 'Speak', tokens_max: 16});
      assert.equal(stop, 'length');
      assert.ok(text.startsWith('Lorem ipsum') && text.length <= 64, text);
    },
  },
  {
    name: 'gives the call of a tool, takes its result and goes on',
    async run({client, ask}) {
      const question = {text: 'How is the weather?', tools: [weather]};
      const first = await ask('tool', question);
      assert.equal(first.calls.length, 1);
      fits(first.calls[0]);
      assert.equal(first.stop, client.stop_of_calls ?? 'tool');
      const results = [{...first.calls[0], text: 'Sunny, 21 °C'}];
      const second = await ask('tool', {...question, history: client.history(first, results)});
      assert.equal(second.text, `The tool said: ${heard(client, results[0])}`);
      assert.equal(second.stop, 'stop');
    },
  },
  {
    name: 'gives three calls at once, takes their results and goes on',
    async run({client, ask}) {
      const question = {text: 'Weather and time?', tools: [weather, time]};
      const first = await ask('tools', question);
      const names = first.calls.map(({name}) => name);
      assert.deepEqual(names, [weather.name, time.name, weather.name]);
      first.calls.forEach(fits);
      const ids = first.calls.map(({id}) => id).filter((id) => id !== undefined);
      assert.equal(new Set(ids).size, ids.length);
      const results = first.calls.map((call, i) => ({...call, text: `Result ${i}`}));
      const second = await ask('tools', {...question, history: client.history(first, results)});
      assert.equal(second.text, `The tool said: ${heard(client, results[2])}`);
    },
  },
  {
    name: 'keeps thoughts and text apart, and takes both back in the next turn',
    applies: ({client}) => client.can.think,
    async run({client, ask}) {
      const question = {text: 'Why?', thinks: true};
      const first = await ask('think', question);
      assert.match(first.thoughts, /The user said "Why\?"/);
      assert.equal(first.text, 'I have thought about it: Why?');
      const history = client.reply(first, 'And how?');
      const second = await ask('think', {...question, history});
      assert.equal(second.text, 'I have thought about it: And how?');
    },
  },
  {
    name: 'carries an image to the provider in the form that it takes',
    async run({up, ask, arrived}) {
      const {text} = await ask('echo', {text: 'What is this?', image: tiny_png});
      assert.equal(text, 'What is this?');
      if (up === 'demo') return;
      const [{body}] = await arrived();
      assert.equal(image_of[up](body), tiny_png);
    },
  },
  {
    name: 'gets what fits the schema',
    async run({ask}) {
      const {text} = await ask('json', {text: 'A city?', schema: city});
      const {name, inhabitants} = JSON.parse(text);
      assert.equal(typeof name, 'string');
      assert.ok(Number.isInteger(inhabitants));
    },
  },
  ...[400, 401, 404, 429, 500, 503].map((status) => ({
    name: `raises the SDK's own error for status ${status}`,
    applies: fails_differently,
    async run({client, ask}) {
      const through = status === 401 ? 'barred' : 'plain';
      const error = await ask(`fail-${status}`, {text: 'Hello', through}).then(
        () => assert.fail('It was no error'),
        (error) => error,
      );
      assert.ok(error instanceof client.class_of(status), `${error.stack}`);
      const {status: said, message, retry_after} = client.failure_of(error);
      assert.equal(said, status);
      if (status !== 401) assert.match(message, /as its name asks/);
      if (status === 429 && retry_after !== undefined) assert.match(retry_after, /^[5-9]$/);
    },
  })),
  ...[
    ['cut', 'the connection breaks in the middle', /broke off|ended (the stream )?before/],
    ['cut-early', 'the connection breaks before the first word', /broke off|ended before/],
    ['error-midstream', 'the provider fails in the middle', /as its name asks/],
    ['garbage', 'the provider says what nobody understands', /Invalid JSON/],
    ['empty', 'the provider says nothing', /empty content|ended the stream before|Invalid JSON/],
  ].map(([behaviour, what, message]) => ({
    name: `raises an error where ${what}`,
    applies: fails_differently,
    async run({ask}) {
      await assert.rejects(ask(behaviour, {text: 'Hello'}), {message});
    },
  })),
  {
    name: 'raises an error where a proxy answers in place of the provider',
    applies: fails_differently,
    async run({client, ask}) {
      await assert.rejects(ask('html', {text: 'Hello'}), (error) => {
        assert.equal(client.failure_of(error).status, 502);
        return true;
      });
    },
  },
  {
    name: "shows the provider its own key and never the client's",
    applies: ({up, way}) => up !== 'demo' && way === 'whole',
    async run({house, ask, arrived}) {
      await ask('echo', {text: 'Hello'});
      const [{fields}] = await arrived();
      const head = JSON.stringify(fields);
      assert.ok(head.includes(provider_key) && !head.includes(house.key), head);
    },
  },
];
