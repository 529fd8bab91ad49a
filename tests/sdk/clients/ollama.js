import {Ollama} from 'ollama';

export const name = 'ollama';
export const can = {think: true};
/// Ollama has no word for a stop because of calls.
export const stop_of_calls = 'stop';

export const sdk = (house) =>
  new Ollama({host: house.base, headers: {authorization: `Bearer ${house.key}`}});

function body_of(ask) {
  const message = {role: 'user', content: ask.text, images: ask.image && [ask.image]};
  return {
    model: ask.model,
    messages: [message, ...(ask.history ?? [])],
    tools: ask.tools?.map(({name, schema}) => ({
      type: 'function',
      function: {name, description: `It is ${name}.`, parameters: schema},
    })),
    format: ask.schema,
    think: ask.thinks,
    options: ask.tokens_max && {num_predict: ask.tokens_max},
  };
}

function read({message, done_reason, prompt_eval_count, eval_count}) {
  return {
    text: message.content,
    thoughts: message.thinking ?? '',
    calls: (message.tool_calls ?? []).map(({id, function: {name, arguments: input}}) => ({
      id,
      name,
      input,
    })),
    stop: done_reason,
    usage: {input: prompt_eval_count, output: eval_count},
    turn: message,
  };
}

export async function whole(house, ask) {
  return read(await sdk(house).chat({...body_of(ask), stream: false}));
}

export async function streamed(house, ask) {
  const message = {role: 'assistant', content: '', thinking: ''};
  let last;
  for await (const line of await sdk(house).chat({...body_of(ask), stream: true})) {
    last = line;
    message.content += line.message.content;
    message.thinking += line.message.thinking ?? '';
    if (line.message.tool_calls) (message.tool_calls ??= []).push(...line.message.tool_calls);
  }
  return read({...last, message});
}

export function history({turn}, results) {
  return [turn, ...results.map(({name, text}) => ({role: 'tool', tool_name: name, content: text}))];
}

export const reply = ({turn}, text) => [turn, {role: 'user', content: text}];

/// The SDK does not export the class of its errors.
export const class_of = () => ({[Symbol.hasInstance]: ({name}) => name === 'ResponseError'});
export const failure_of = ({status_code, message}) => ({status: status_code, message});
