import assert from 'node:assert/strict';

import {sdk} from '../clients/google.js';
import {place_schema, question} from './things.js';

const versions = ['v1', 'v1beta'];

const cases = {
  'speaks version 1 and the beta': async ({house, model}) => {
    for (const version of versions) {
      const asked = {model: model('echo'), contents: question};
      assert.equal((await sdk(house, version).models.generateContent(asked)).text, question);
      let told = '';
      for await (const chunk of await sdk(house, version).models.generateContentStream(asked)) {
        told += chunk.text ?? '';
      }
      assert.equal(told, question);
    }
  },
  'keeps up a chat': async ({house, model}) => {
    const chat = sdk(house).chats.create({model: model('echo')});
    assert.equal((await chat.sendMessage({message: 'Hello'})).text, 'Hello');
    assert.equal((await chat.sendMessage({message: question})).text, question);
    assert.equal(chat.getHistory().length, 4);
  },
  'calls functions by their ids': async ({house, model}) => {
    const functionDeclarations = [{name: 'get_weather', parametersJsonSchema: place_schema}];
    const config = {tools: [{functionDeclarations}]};
    const contents = [{role: 'user', parts: [{text: question}]}];
    const asked = {model: model('tools'), contents, config};
    const {functionCalls} = await sdk(house).models.generateContent(asked);
    assert.equal(functionCalls.length, 3);
    assert.equal(new Set(functionCalls.map(({id}) => id)).size, 3);
  },
  'counts tokens': async ({house, model}) => {
    const asked = {model: model('echo'), contents: question};
    const {totalTokens} = await sdk(house).models.countTokens(asked);
    assert.ok(totalTokens >= 4 && totalTokens < 20, String(totalTokens));
  },
};

const list_cases = {
  'lists models and shows one, in version 1 and the beta': async ({house}) => {
    for (const version of versions) {
      const names = [];
      for await (const {name} of await sdk(house, version).models.list()) names.push(name);
      assert.ok(names.includes('models/plain-chat/echo'), names.slice(0, 5).join());
      const {name} = await sdk(house, version).models.get({model: 'plain-chat/echo'});
      assert.equal(name, 'models/plain-chat/echo');
    }
  },
};

export const own = {'@google/genai': {everywhere: cases, once: list_cases}};
