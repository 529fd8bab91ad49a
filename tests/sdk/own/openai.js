import assert from 'node:assert/strict';
import {zodResponseFormat, zodTextFormat} from 'openai/helpers/zod';

import {sdk} from '../clients/openai.js';
import {City, place_schema, question, weather_tool} from './things.js';

const messages = [{role: 'user', content: question}];
const chat = (house) => sdk(house).chat.completions;

async function run_tools({house, model}, stream) {
  const {asked, run} = weather_tool();
  const get_weather = {
    name: 'get_weather',
    description: 'It is the weather.',
    function: run,
    parse: JSON.parse,
    parameters: place_schema,
  };
  const tools = [{type: 'function', function: get_weather}];
  const runner = chat(house).runTools({model: model('tool'), messages, tools, stream});
  assert.equal(await runner.finalContent(), 'The tool said: Rain');
  assert.equal(asked.length, 1);
}

const chat_cases = {
  'tells a stream through its helper': async ({house, model}) => {
    const stream_options = {include_usage: true};
    const stream = chat(house).stream({model: model('echo'), messages, stream_options});
    let told = '';
    stream.on('content', (delta) => (told += delta));
    assert.equal(await stream.finalContent(), question);
    assert.equal(told, question);
    assert.equal((await stream.totalUsage()).completion_tokens, 4);
  },
  'tells calls through its helper': async ({house, model}) => {
    const tools = [{type: 'function', function: {name: 'go', parameters: place_schema}}];
    const stream = chat(house).stream({model: model('tools'), messages, tools});
    const done = [];
    stream.on('tool_calls.function.arguments.done', ({index}) => done.push(index));
    const {choices} = await stream.finalChatCompletion();
    assert.deepEqual(done, [0, 1, 2]);
    assert.equal(choices[0].message.tool_calls.length, 3);
  },
  'says nothing of usage in a stream that was not asked for it': async ({house, model}) => {
    const stream = await chat(house).create({model: model('echo'), messages, stream: true});
    for await (const chunk of stream) assert.ok(!chunk.usage, JSON.stringify(chunk));
  },
  'runs tools': (with_) => run_tools(with_, false),
  'runs tools of streams': (with_) => run_tools(with_, true),
  'never mixes up calls that are made at once': async ({house, model}) => {
    const texts = Array.from({length: 24}, (_, i) => `Call ${i}`);
    const answers = await Promise.all(
      texts.map((content) =>
        chat(house).create({model: model('echo'), messages: [{role: 'user', content}]}),
      ),
    );
    assert.deepEqual(answers.map(({choices}) => choices[0].message.content), texts);
  },
  'parses what fits the schema': async ({house, model}) => {
    const response_format = zodResponseFormat(City, 'city');
    const {choices} = await chat(house).parse({model: model('json'), messages, response_format});
    City.parse(choices[0].message.parsed);
  },
};

const responses_cases = {
  'tells a stream through its helper': async ({house, model}) => {
    const stream = sdk(house).responses.stream({model: model('echo'), input: question});
    const deltas = [];
    stream.on('response.output_text.delta', ({delta}) => deltas.push(delta));
    const {output_text, status, usage} = await stream.finalResponse();
    assert.equal(output_text, question);
    assert.equal(deltas.join(''), question);
    assert.equal(status, 'completed');
    assert.equal(usage.output_tokens, 4);
  },
  'parses what fits the schema': async ({house, model}) => {
    const text = {format: zodTextFormat(City, 'city')};
    const asked = {model: model('json'), input: question, text};
    City.parse((await sdk(house).responses.parse(asked)).output_parsed);
  },
  'takes instructions and turns of developers': async ({house, model}) => {
    const input = [
      {role: 'developer', content: 'Be short.'},
      {role: 'user', content: [{type: 'input_text', text: question}]},
    ];
    const asked = {model: model('echo'), instructions: 'Be kind.', input};
    assert.equal((await sdk(house).responses.create(asked)).output_text, question);
  },
};

const list_cases = {
  'lists models and shows one': async ({house}) => {
    const ids = [];
    for await (const {id, object} of sdk(house).models.list()) {
      assert.equal(object, 'model');
      ids.push(id);
    }
    assert.ok(ids.includes('plain-chat/echo'));
    assert.equal((await sdk(house).models.retrieve('plain-chat/echo')).id, 'plain-chat/echo');
  },
  'raises NotFoundError for a model that there is not': async ({house}) => {
    await assert.rejects(sdk(house).models.retrieve('nobody/nothing'), {status: 404});
  },
};

export const own = {
  'openai, chat completions': {everywhere: chat_cases},
  'openai, responses': {everywhere: responses_cases},
  openai: {once: list_cases},
};
