import {generateObject, generateText, isStepCount, Output, streamText, tool} from 'ai';
import assert from 'node:assert/strict';
import {z} from 'zod';

import {providers} from '../clients/vercel.js';
import {City, question, weather_tool} from './things.js';

function several_steps(model) {
  const {asked, run} = weather_tool();
  const get_weather = tool({
    description: 'It is the weather.',
    inputSchema: z.object({place: z.string()}),
    execute: run,
  });
  const settings = {
    model,
    prompt: question,
    tools: {get_weather},
    stopWhen: isStepCount(3),
    maxRetries: 0,
  };
  return {asked, settings};
}

function check_steps(asked, {text, steps}) {
  assert.match(text, /^The tool said: .*Rain/);
  assert.equal(steps.length, 2);
  assert.equal(asked.length, 1);
}

const cases_of = ({model: model_of, shaping}) => ({
  'goes several steps with a tool': async ({house, model}) => {
    const {asked, settings} = several_steps(model_of(house, model('tool')));
    check_steps(asked, await generateText(settings));
  },
  'goes several steps with a tool in a stream': async ({house, model}) => {
    const {asked, settings} = several_steps(model_of(house, model('tool')));
    const result = streamText(settings);
    await result.consumeStream();
    check_steps(asked, {text: await result.text, steps: await result.steps});
  },
  'gives an object as the output of a text': async ({house, model}) => {
    const {output} = await generateText({
      model: model_of(house, model('json')),
      prompt: question,
      output: Output.object({schema: City}),
      providerOptions: shaping,
      maxRetries: 0,
    });
    City.parse(output);
  },
});

/// Two turns of a conversation with a model that thinks, as a page does that keeps what was said.
async function two_turns({house, model}, options = {}) {
  const settings = {
    model: providers['openai, responses'].model(house, model('think')),
    maxRetries: 0,
    providerOptions: {openai: {forceReasoning: true, reasoningSummary: 'auto', ...options}},
  };
  const first = {role: 'user', content: 'Why?'};
  const {response} = await generateText({...settings, messages: [first]});
  const messages = [first, ...response.messages, {role: 'user', content: 'And how?'}];
  return generateText({...settings, messages});
}

const conversation_cases = {
  'goes on with a conversation of which it sends but names': async (with_) => {
    assert.equal((await two_turns(with_)).text, 'I have thought about it: And how?');
    if (!['chat', 'anthropic', 'ollama'].includes(with_.up)) return;
    const [, {body}] = await with_.arrived();
    assert.match(JSON.stringify(body.messages), /I have thought about it: Why\?/);
  },
  'goes on with a conversation that it sends whole': async (with_) => {
    const {text} = await two_turns(with_, {store: false});
    assert.equal(text, 'I have thought about it: And how?');
  },
  'is told what to set where nobody knows what it names': async ({house, up, model}) => {
    if (['responses', 'demo'].includes(up)) return; // who speaks its dialect may know
    const options = {openai: {itemId: 'msg_of_yesterday'}};
    const said = [{type: 'text', text: 'Yes.', providerOptions: options}];
    const asked = generateText({
      model: providers['openai, responses'].model(house, model('echo')),
      messages: [
        {role: 'user', content: 'Is it?'},
        {role: 'assistant', content: said},
        {role: 'user', content: 'Why?'},
      ],
      maxRetries: 0,
    });
    await assert.rejects(asked, {statusCode: 400, message: /set `store` to false/});
  },
};

const tool_cases = {
  'gets an object by a tool where that is its way': async ({house, model}) => {
    const model_ = providers.anthropic.model(house, model('tool'));
    const asked = {model: model_, prompt: question, schema: City, maxRetries: 0};
    City.parse((await generateObject(asked)).object);
  },
};

export const own = {
  ...Object.fromEntries(
    Object.entries(providers).map(([name, provider]) => [
      `ai with ${name}`,
      {everywhere: cases_of(provider)},
    ]),
  ),
  'ai with anthropic and tools': {everywhere: tool_cases},
  'ai with names of items': {everywhere: conversation_cases},
};
