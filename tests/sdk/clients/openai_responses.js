import {class_of, data_url, failure_of, sdk} from './openai.js';

export const name = 'openai, responses';
export const can = {think: true};

function body_of(ask) {
  const image = ask.image && {type: 'input_image', detail: 'auto', image_url: data_url(ask.image)};
  const content = image ? [{type: 'input_text', text: ask.text}, image] : ask.text;
  return {
    model: ask.model,
    input: [{role: 'user', content}, ...(ask.history ?? [])],
    tools: ask.tools?.map(({name, schema}) => ({
      type: 'function',
      name,
      description: `It is ${name}.`,
      parameters: schema,
      strict: true,
    })),
    text: ask.schema && {
      format: {type: 'json_schema', name: 'shape', strict: true, schema: ask.schema},
    },
    max_output_tokens: ask.tokens_max,
    reasoning: ask.thinks && {effort: 'medium', summary: 'auto'},
  };
}

function stop_of({status, incomplete_details, output}) {
  if (status === 'completed') {
    return output.some(({type}) => type === 'function_call') ? 'tool' : 'stop';
  }
  return {max_output_tokens: 'length'}[incomplete_details?.reason] ?? status;
}

function read(response) {
  const items = (type) => response.output.filter((item) => item.type === type);
  const {usage} = response;
  return {
    text: response.output_text,
    thoughts: items('reasoning')
      .flatMap(({summary, content}) => [...summary, ...(content ?? [])])
      .map(({text}) => text)
      .join(''),
    calls: items('function_call').map(({call_id, name, arguments: input}) => ({
      id: call_id,
      name,
      input: JSON.parse(input),
    })),
    stop: stop_of(response),
    usage: usage && {
      input: usage.input_tokens,
      output: usage.output_tokens,
      total: usage.total_tokens,
    },
    turn: response.output,
  };
}

export async function whole(house, ask) {
  return read(await sdk(house).responses.create(body_of(ask)));
}

export async function streamed(house, ask) {
  return read(await sdk(house).responses.stream(body_of(ask)).finalResponse());
}

export function history({turn}, results) {
  const outputs = results.map(({id, text}) => ({
    type: 'function_call_output',
    call_id: id,
    output: text,
  }));
  return [...turn, ...outputs];
}

export const reply = ({turn}, text) => [...turn, {role: 'user', content: text}];

export {class_of, failure_of};
