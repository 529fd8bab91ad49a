import assert from 'node:assert/strict';

import {sdk} from '../clients/ollama.js';

const list_cases = {
  'lists models and shows one': async ({house}) => {
    const {models} = await sdk(house).list();
    const found = models.find(({name}) => name === 'plain-chat/echo');
    assert.ok(found.model && found.digest !== undefined && found.details);
    const shown = await sdk(house).show({model: 'plain-chat/echo'});
    assert.ok(shown.capabilities.includes('completion'), JSON.stringify(shown));
  },
  'says its version': async ({house}) => {
    assert.match((await sdk(house).version()).version, /^\d+\.\d+\.\d+$/);
  },
};

export const own = {ollama: {once: list_cases}};
