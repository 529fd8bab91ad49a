import {installed} from '../program.js';

export const name = 'Claude Code';
export const npm_package = '@anthropic-ai/claude-code';
/// What its own names of models are like.
export const own_names = ['claude-*'];

export const settings = ({base, key, model}) => ({
  variables: {
    ANTHROPIC_BASE_URL: base,
    ANTHROPIC_AUTH_TOKEN: key,
    ...(model && {
      ANTHROPIC_MODEL: model,
      ANTHROPIC_DEFAULT_OPUS_MODEL: model,
      ANTHROPIC_DEFAULT_SONNET_MODEL: model,
      ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    }),
  },
});

/// What only a test wants: nothing that calls home, and no minutes of trying again.
export const quiet = {
  variables: {CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', CLAUDE_CODE_MAX_RETRIES: '1'},
};

// Its wrapper is put in place by an install script, which is not run here.
const program = installed(`${npm_package}-linux-${process.arch}/claude`);
const how = ['--output-format', 'stream-json', '--verbose', '--allowedTools', 'Bash'];
export const ask = (prompt) => [program, '-p', prompt, ...how];
export const go_on = (prompt) => [program, '-p', prompt, '--continue', ...how];

export const shell_calls = (commands) =>
  commands.map((command) => `Bash ${JSON.stringify({command, description: 'Look'})}`);

export function read(events) {
  const blocks = events.flatMap(({type, message}) =>
    type === 'assistant' ? message.content : []);
  const end = events.find(({type}) => type === 'result');
  return {
    text: end?.is_error ? '' : end?.result,
    thoughts: blocks.filter(({type}) => type === 'thinking').map(({thinking}) => thinking).join(''),
    usage: {input: end?.usage.input_tokens, output: end?.usage.output_tokens},
    error: end?.is_error ? end.result : undefined,
  };
}
