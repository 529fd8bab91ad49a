import {installed} from '../program.js';

export const name = 'Codex';
export const npm_package = '@openai/codex';
/// What its own names of models are like.
export const own_names = ['gpt-*'];

export const settings = ({base, key, model}) => ({
  variables: {OMNIROUTE_KEY: key},
  files: {
    '.codex/config.toml': `${model ? `model = "${model}"\n` : ''}model_provider = "omniroute"

[model_providers.omniroute]
name = "OmniRoute"
base_url = "${base}/v1"
env_key = "OMNIROUTE_KEY"
wire_api = "responses"
`,
  },
});

/// What only a test wants: no minutes of trying again.
const retries = ['request', 'stream'].flatMap((kind) =>
  ['-c', `model_providers.omniroute.${kind}_max_retries=1`]);
const calm = ['-c', 'check_for_update_on_startup=false', '-c', 'analytics.enabled=false'];
export const quiet = {};

const program = installed('.bin/codex');
const how = ['--json', '--skip-git-repo-check', ...retries, ...calm];
// A sandbox of its own cannot be had everywhere, such as in a container.
const free = ['--sandbox', 'danger-full-access'];
export const ask = (prompt) => [program, 'exec', ...how, ...free, prompt];
export const go_on = (prompt) => [program, 'exec', ...free, 'resume', '--last', ...how, prompt];

/// The models that it knows are offered one tool, which runs scripts that call all others.  It is
/// in a namespace and takes free text; who knows of neither is offered what the second line calls.
export const shell_calls = (commands, own_names) => {
  const orders = commands.map((cmd) => JSON.stringify({cmd}));
  if (!own_names) return orders.map((order) => `exec_command ${order}`);
  const call = (order) => `text(await tools.exec_command(${order}));`;
  const script = orders.map(call).join(' ');
  return [`exec ${script}`, `functions__exec ${JSON.stringify({input: script})}`];
};

export function read(events) {
  const items = events.filter(({type}) => type === 'item.completed').map(({item}) => item);
  const texts = (kind) => items.filter(({type}) => type === kind).map(({text}) => text);
  const usage = events.find(({type}) => type === 'turn.completed')?.usage;
  return {
    text: texts('agent_message').at(-1),
    thoughts: texts('reasoning').join(''),
    usage: {input: usage?.input_tokens, output: usage?.output_tokens},
    error: events.find(({type}) => type === 'turn.failed')?.error.message,
  };
}
