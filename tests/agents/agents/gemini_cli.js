import {installed} from '../program.js';

export const name = 'Gemini CLI';
export const npm_package = '@google/gemini-cli';
/// What its own names of models are like.  Before anything else it asks a small one, which is to
/// answer in JSON, what is the right model for a prompt.
export const own_names = ['gemini-*'];
export const small_names = ['gemini-*-flash-lite*'];

export const settings = ({base, key, model}) => ({
  variables: {
    GOOGLE_GEMINI_BASE_URL: base,
    GEMINI_API_KEY: key,
    ...(model && {GEMINI_MODEL: model}),
  },
  files: {
    '.gemini/settings.json': `{"security": {"auth": {"selectedType": "gemini-api-key"}}}\n`,
  },
});

/// What only a test wants: nothing that calls home, and no minutes of trying again.
const calm = {
  general: {enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 2},
  privacy: {usageStatisticsEnabled: false},
};
export const quiet = {
  variables: {
    GEMINI_CLI_NO_RELAUNCH: 'true',
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  },
  files: {'work/.gemini/settings.json': JSON.stringify(calm)},
};

const program = installed('.bin/gemini');
const how = ['--approval-mode', 'yolo', '--output-format', 'stream-json'];
export const ask = (prompt) => [program, '-p', prompt, ...how];
export const go_on = (prompt) => [program, '--resume', 'latest', '-p', prompt, ...how];

export const shell_calls = (commands) =>
  commands.map((command) => `run_shell_command ${JSON.stringify({command})}`);

/// It does not print what a model thought.
export function read(events) {
  const said = events.filter(({type, role}) => type === 'message' && role === 'assistant');
  const end = events.find(({type}) => type === 'result');
  return {
    text: said.map(({content}) => content).join(''),
    usage: {input: end?.stats.input_tokens, output: end?.stats.output_tokens},
    error: end?.error?.message,
  };
}
