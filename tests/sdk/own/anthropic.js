import {betaZodTool} from '@anthropic-ai/sdk/helpers/beta/zod';
import {zodOutputFormat} from '@anthropic-ai/sdk/helpers/zod';
import assert from 'node:assert/strict';
import {z} from 'zod';

import {sdk} from '../clients/anthropic.js';
import {City, question, weather_tool} from './things.js';

const asking = {max_tokens: 1024, messages: [{role: 'user', content: question}]};

const cases = {
  'tells a stream through its helper': async ({house, model}) => {
    const stream = sdk(house).messages.stream({...asking, model: model('echo')});
    let told = '';
    const blocks = [];
    stream.on('text', (delta) => (told += delta));
    stream.on('contentBlock', ({type}) => blocks.push(type));
    assert.equal(await stream.finalText(), question);
    assert.equal(told, question);
    assert.deepEqual(blocks, ['text']);
  },
  'tells thoughts through its helper': async ({house, model}) => {
    const thinking = {type: 'enabled', budget_tokens: 1024};
    const asked = {...asking, max_tokens: 4096, thinking, model: model('think')};
    const stream = sdk(house).messages.stream(asked);
    let thoughts = '';
    stream.on('thinking', (delta) => (thoughts += delta));
    const {content} = await stream.finalMessage();
    assert.deepEqual(content.map(({type}) => type), ['thinking', 'text']);
    assert.equal(content[0].thinking, thoughts);
  },
  'runs tools': async ({house, model}) => {
    const {asked, run} = weather_tool();
    const get_weather = betaZodTool({
      name: 'get_weather',
      description: 'It is the weather.',
      inputSchema: z.object({place: z.string()}),
      run,
    });
    const tools = [get_weather];
    const runner = sdk(house).beta.messages.toolRunner({...asking, tools, model: model('tool')});
    const {content} = await runner.runUntilDone();
    assert.equal(content[0].text, 'The tool said: Rain');
    assert.equal(asked.length, 1);
  },
  'sends a thread again that is not kept here': async ({house, model}) => {
    const thread = sdk(house).beta.messages.thread({max_tokens: 1024, model: model('echo')});
    for (const content of ['Hello', question, 'Goodbye']) {
      const reply = await thread.send({role: 'user', content});
      assert.equal(reply.content[0].text, content);
    }
    assert.equal(thread.messages.length, 6);
  },
  'parses what fits the schema': async ({house, model}) => {
    const output_config = {format: zodOutputFormat(City)};
    const message = await sdk(house).messages.parse({...asking, output_config, model: model('json')});
    City.parse(message.parsed_output);
  },
  'counts tokens': async ({house, model}) => {
    const {messages} = asking;
    const count = await sdk(house).messages.countTokens({messages, model: model('echo')});
    assert.ok(count.input_tokens >= 4 && count.input_tokens < 20, JSON.stringify(count));
  },
};

const list_cases = {
  'lists models and shows one': async ({house}) => {
    const ids = [];
    for await (const {id, type, display_name, created_at} of sdk(house).models.list()) {
      assert.ok(['model', 'audio'].includes(type) && display_name && created_at);
      ids.push(id);
    }
    assert.ok(ids.includes('plain-chat/echo'));
    assert.equal((await sdk(house).models.retrieve('plain-chat/echo')).id, 'plain-chat/echo');
  },
};

export const own = {'@anthropic-ai/sdk': {everywhere: cases, once: list_cases}};
