/// Every case with every client at every provider, whole and streamed; the SDKs' own cases; and
/// the streams as they stand on the wire.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {cases} from './cases.js';
import * as anthropic from './clients/anthropic.js';
import * as google from './clients/google.js';
import * as ollama from './clients/ollama.js';
import * as openai_chat from './clients/openai_chat.js';
import * as openai_responses from './clients/openai_responses.js';
import {clients as vercel} from './clients/vercel.js';
import {conversations} from './conversations.js';
import {House, upstreams} from './house.js';
import {own as own_anthropic} from './own/anthropic.js';
import {own as own_google} from './own/google.js';
import {own as own_ollama} from './own/ollama.js';
import {own as own_openai} from './own/openai.js';
import {own as own_vercel} from './own/vercel.js';
import {furnish, services} from './services.js';
import * as traps from './traps.js';
import {
  broken_streams, check_broken_stream, check_leaving, check_stream, dialects, streams,
} from './wire.js';

const clients = [openai_chat, openai_responses, anthropic, google, ollama, ...vercel];
const own = {...own_openai, ...own_anthropic, ...own_google, ...own_ollama, ...own_vercel};
const ups = [...Object.keys(upstreams), 'demo'];
const ways = ['whole', 'streamed'];

const at_once = {concurrency: 6};
const limit = {timeout: 60_000};

let house;
before(async () => (house = await House.open()));
after(() => house?.close());

let asked = 0;

/// Names of models for one case.  They have a mark of its own, so that a failing model rests for
/// nobody else, and what the mock was asked can be found again.
function models_of(up) {
  const mark = `case-${++asked}`;
  const model = (behaviour, through = 'plain') =>
    `${up === 'demo' ? up : `${through}-${up}`}/${mark}/${behaviour}`;
  return {house, up, model, arrived: () => house.arrived(`${mark}/`)};
}

function client_case(client, way, up, run) {
  const with_ = models_of(up);
  const ask = (behaviour, {through, ...wanted}) =>
    client[way](house, {...wanted, model: with_.model(behaviour, through)});
  return run({...with_, client, way, ask});
}

describe('Client', at_once, () => {
  for (const client of clients) {
    for (const up of client.repeats ? Object.keys(upstreams) : ups) {
      for (const way of ways) {
        for (const {name, run, applies = () => true} of cases) {
          if (!applies({client, up, way})) continue;
          test(`${client.name}, ${way}, at ${up}: ${name}`, limit, () =>
            client_case(client, way, up, run));
        }
      }
    }
  }
});

describe('Service', at_once, () => {
  let server;
  before(async () => (server = await furnish(house)));
  after(() => server?.close());
  for (const {name, run} of services) test(name, limit, () => run({house}));
});

describe('Own', at_once, () => {
  for (const [client, {everywhere = {}, once = {}}] of Object.entries(own)) {
    for (const [name, run] of Object.entries(once)) {
      test(`${client}: ${name}`, limit, () => run(models_of('demo')));
    }
    for (const up of ups) {
      for (const [name, run] of Object.entries(everywhere)) {
        test(`${client}, at ${up}: ${name}`, limit, () => run(models_of(up)));
      }
    }
  }
});

describe('Conversation', at_once, () => {
  for (const up of Object.keys(upstreams)) {
    for (const [name, {applies, run}] of Object.entries(conversations)) {
      if (!applies(up)) continue;
      test(`${name}, at ${up}`, limit, () => run(models_of(up)));
    }
  }
});

describe('Trap', at_once, () => {
  for (const [name, run] of Object.entries(traps.once)) test(name, limit, () => run({house}));
  for (const up of Object.keys(upstreams)) {
    for (const [name, run] of Object.entries(traps.everywhere)) {
      test(`${name}, at ${up}`, limit, () => run(models_of(up)));
    }
  }
});

describe('Wire', at_once, () => {
  // One after the other, for the mock only counts who leaves.
  test('a client that leaves calls its provider off, whatever both speak', limit, async () => {
    for (const dialect of Object.keys(dialects)) {
      for (const up of Object.keys(upstreams)) {
        await check_leaving(house, dialect, models_of(up).model('slow'));
      }
    }
  });
  for (const dialect of Object.keys(dialects)) {
    for (const up of ups) {
      for (const behaviour of Object.keys(streams)) {
        test(`${dialect}, at ${up}: a stream of ${behaviour} is in order`, limit, () =>
          check_stream(house, dialect, models_of(up).model(behaviour)));
      }
      if (up === 'demo') continue;
      for (const behaviour of broken_streams) {
        test(`${dialect}, at ${up}: a stream of ${behaviour} ends with an error`, limit, () =>
          check_broken_stream(house, dialect, models_of(up).model(behaviour)));
      }
    }
  }
});

// Last, for the mock keeps what it was asked, and who looks for something there reads all of it.
describe('Large', at_once, () => {
  const text = 'äöü '.repeat(160_000);
  for (const client of clients.filter(({repeats}) => !repeats)) {
    test(`${client.name}, at ollama: may ask with a megabyte`, limit, () =>
      client_case(client, 'whole', 'ollama', async ({ask}) => {
        const answer = await ask('echo', {text, tokens_max: 16});
        assert.ok(answer.text.startsWith('äöü äöü') && answer.stop === 'length', answer.text);
      }));
  }
  const carries = (up, times) =>
    client_case(openai_chat, 'whole', up, async ({ask}) => {
      const more = text.repeat(times);
      assert.ok((await ask('echo', {text: more, tokens_max: 2_000_000})).text === more);
    });
  for (const up of ups) {
    test(`${openai_chat.name}, at ${up}: carries a megabyte there and back`, limit, () =>
      carries(up, 1));
  }
  test(`${openai_chat.name}, at anthropic: carries five megabytes there and back`, limit, () =>
    carries('anthropic', 5));
});
