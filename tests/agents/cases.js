/// What every agent must get from every provider.  A case gets `sit`, which opens a desk with the
/// agent told to use a model of the mock, or left to its own names, which then stand for one.

import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {calls_of} from './calls.js';

/// About four characters of the mock's are a token.
const tokens_of = (text) => Math.ceil(Buffer.byteLength(text) / 4);

function went_well({status, error, printed}) {
  assert.equal(error, undefined, printed);
  assert.equal(status, 0, printed);
}

/// Two files with a word each; the agent is told to show one and to copy the other.
async function use_tools({agent, up, sit, arrived}, ...own_names) {
  const desk = await sit('tool', ...own_names);
  const words = {'first.txt': 'marzipan', 'second.txt': 'Käsekuchen'};
  for (const [file, word] of Object.entries(words)) await writeFile(join(desk.folder, file), word);
  const commands = ['cat first.txt', 'tee copy.txt < second.txt'];
  const orders = agent.shell_calls(commands, ...own_names);
  const answer = await desk.ask(orders.join('\n'));
  went_well(answer);
  assert.ok(answer.text.includes('The tool said: '), answer.printed);
  assert.ok(answer.text.includes('Käsekuchen'), answer.printed);
  assert.equal(await readFile(join(desk.folder, 'copy.txt'), 'utf8'), 'Käsekuchen');
  const {calls, results} = calls_of[up]((await arrived()).at(-1).body);
  assert.equal(calls.length, results.length);
  for (const word of Object.values(words)) {
    assert.ok(results.some((result) => result.includes(word)), `${word} is not in ${results}`);
  }
}

const fails = (status) => ({
  name: `shows an error ${status} of the provider and ends`,
  async run({sit}) {
    const answer = await (await sit(`fail-${status}`)).ask('Hello');
    assert.ok(answer.status > 0, `status ${answer.status}: ${answer.printed}`);
    assert.ok(answer.error, answer.printed);
  },
});

export const cases = [
  {
    name: 'prints the answer, and counts its tokens',
    async run({sit}) {
      const words = 'Grüße, 日本語 and 👩‍👩‍👧 🎉';
      const answer = await (await sit('echo')).ask(words);
      went_well(answer);
      assert.ok(answer.text.includes(words), answer.printed);
      assert.equal(answer.usage.output, tokens_of(answer.text));
      assert.ok(answer.usage.input > 1000, `input ${answer.usage.input}`);
    },
  },
  {
    name: 'runs the two commands that the model asks for, and sends back what they print',
    run: (with_) => use_tools(with_),
  },
  {
    name: 'does so under its own names of models, which stand for others',
    run: (with_) => use_tools(with_, 'own names'),
  },
  {
    name: 'shows what the model thinks, and goes on with the conversation afterwards',
    async run({sit, stand_for, arrived}) {
      const desk = await sit('think', 'own names');
      const first = await desk.ask('Is it late?');
      went_well(first);
      assert.ok(first.text.includes('I have thought about it'), first.printed);
      if ('thoughts' in first) assert.ok(first.thoughts.includes('The user said'), first.printed);
      await stand_for('echo');
      const second = await desk.go_on('And now?');
      went_well(second);
      assert.ok(second.text.includes('And now?'), second.printed);
      assert.ok(JSON.stringify((await arrived()).at(-1).body).includes('I have thought about it'));
    },
  },
  fails(429),
  fails(500),
];
