import {class_of, data_url, failure_of, sdk} from './openai.js';

export const name = 'openai, chat completions';
export const can = {think: true};

function body_of(ask) {
  const image = ask.image && {type: 'image_url', image_url: {url: data_url(ask.image)}};
  const content = image ? [{type: 'text', text: ask.text}, image] : ask.text;
  return {
    model: ask.model,
    messages: [{role: 'user', content}, ...(ask.history ?? [])],
    tools: ask.tools?.map(({name, schema}) => ({
      type: 'function',
      function: {name, description: `It is ${name}.`, parameters: schema},
    })),
    response_format: ask.schema && {
      type: 'json_schema',
      json_schema: {name: 'shape', strict: true, schema: ask.schema},
    },
    max_completion_tokens: ask.tokens_max,
    reasoning_effort: ask.thinks && 'medium',
  };
}

function read({choices: [{message, finish_reason}], usage}) {
  return {
    text: message.content ?? '',
    thoughts: message.reasoning_content ?? '',
    calls: (message.tool_calls ?? []).map(({id, function: {name, arguments: input}}) => ({
      id,
      name,
      input: JSON.parse(input),
    })),
    stop: {stop: 'stop', length: 'length', tool_calls: 'tool'}[finish_reason],
    usage: usage && {
      input: usage.prompt_tokens,
      output: usage.completion_tokens,
      total: usage.total_tokens,
    },
    turn: message,
  };
}

export async function whole(house, ask) {
  return read(await sdk(house).chat.completions.create(body_of(ask)));
}

/// Put together by hand, for the SDK's own helper knows nothing of thoughts.
export async function streamed(house, ask) {
  const body = {...body_of(ask), stream: true, stream_options: {include_usage: true}};
  const message = {role: 'assistant', content: '', reasoning_content: ''};
  let finish_reason, usage;
  for await (const chunk of await sdk(house).chat.completions.create(body)) {
    usage = chunk.usage ?? usage;
    for (const {delta, finish_reason: reason} of chunk.choices) {
      message.content += delta.content ?? '';
      message.reasoning_content += delta.reasoning_content ?? '';
      for (const {index, ...call} of delta.tool_calls ?? []) {
        message.tool_calls ??= [];
        const known = message.tool_calls[index];
        if (known) known.function.arguments += call.function.arguments;
        else message.tool_calls[index] = call;
      }
      finish_reason = reason ?? finish_reason;
    }
  }
  return read({choices: [{message, finish_reason}], usage});
}

export function history({turn}, results) {
  return [turn, ...results.map(({id, text}) => ({role: 'tool', tool_call_id: id, content: text}))];
}

export const reply = ({turn}, text) => [turn, {role: 'user', content: text}];

export {class_of, failure_of};
