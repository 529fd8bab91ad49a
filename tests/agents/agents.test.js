/// Every case with every agent at every provider; a whole run writes its outcome into the page.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {House, upstreams} from '../sdk/house.js';
import * as claude_code from './agents/claude_code.js';
import * as codex from './agents/codex.js';
import * as gemini_cli from './agents/gemini_cli.js';
import {cases} from './cases.js';
import {write_page} from './page.js';
import {Desk} from './program.js';
import {Refusals} from './refusals.js';

const agents = [claude_code, codex, gemini_cli];
const ups = Object.keys(upstreams);

let house, refusals;
before(async () => {
  house = await House.open('--log-level', 'debug');
  refusals = new Refusals(house.gateway.process.stderr);
});
after(() => house?.close());

const passed = new Set();
let asked = 0;

/// One case of one agent at one provider, with a mark of its own in the names of its models, by
/// which what the mock was asked can be found again.
class Seat {
  constructor(agent, up) {
    const mark = `case-${++asked}`;
    this.desks = [];
    const model = (behaviour) => `plain-${up}/${mark}/${behaviour}`;
    const stand_for = async (behaviour) => {
      const name = (aliases, target) => aliases.map((alias) => house.alias(alias, model(target)));
      await Promise.all(name(agent.own_names, behaviour));
      await Promise.all(name(agent.small_names ?? [], 'json'));
    };
    const sit = async (behaviour, named) => {
      if (named) await stand_for(behaviour);
      const where = {base: house.base, key: house.key, model: named ? undefined : model(behaviour)};
      this.desks.push(await Desk.open(agent, where));
      return this.desks.at(-1);
    };
    this.with_ = {agent, up, sit, stand_for, arrived: () => house.arrived(`${mark}/`)};
  }

  async leave() {
    await Promise.all(this.desks.map((desk) => desk.close()));
  }
}

// One case of an agent after the other, for its own names mean one thing at a time.
describe('Agent', {concurrency: agents.length}, () => {
  for (const agent of agents) {
    describe(agent.name, {concurrency: 1}, () => {
      for (const up of ups) {
        for (const {name, run} of cases) {
          test(`at ${up}: ${name}`, {timeout: 180_000}, async () => {
            const seat = new Seat(agent, up);
            await run(seat.with_).finally(() => seat.leave());
            passed.add(`${agent.name}, ${up}, ${name}`);
          });
        }
      }
    });
  }
});

test('No agent asked for anything that the gateway does not have', () => {
  assert.ok(refusals.meant.size > 0, 'the log says nothing of the models that fail');
  assert.deepEqual(refusals.unmeant(), []);
});

after(() => {
  if (asked < agents.length * ups.length * cases.length) return;
  return write_page(agents, ups, cases, passed);
});
