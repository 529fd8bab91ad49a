import Anthropic from '@anthropic-ai/sdk';

export const name = '@anthropic-ai/sdk';
export const can = {think: true};

export const sdk = (house) =>
  new Anthropic({baseURL: house.base, apiKey: house.key, maxRetries: 0});

function body_of(ask) {
  const source = {type: 'base64', media_type: 'image/png', data: ask.image};
  const image = ask.image && {type: 'image', source};
  const content = image ? [{type: 'text', text: ask.text}, image] : ask.text;
  return {
    model: ask.model,
    max_tokens: ask.tokens_max ?? 4096,
    messages: [{role: 'user', content}, ...(ask.history ?? [])],
    tools: ask.tools?.map(({name, schema}) => ({
      name,
      description: `It is ${name}.`,
      input_schema: schema,
    })),
    output_config: ask.schema && {format: {type: 'json_schema', schema: ask.schema}},
    thinking: ask.thinks && {type: 'enabled', budget_tokens: 1024},
  };
}

function read({content, stop_reason, usage}) {
  const blocks = (type) => content.filter((block) => block.type === type);
  const cached = (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
  return {
    text: blocks('text').map(({text}) => text).join(''),
    thoughts: blocks('thinking').map(({thinking}) => thinking).join(''),
    calls: blocks('tool_use').map(({id, name, input}) => ({id, name, input})),
    stop: {end_turn: 'stop', max_tokens: 'length', tool_use: 'tool'}[stop_reason],
    usage: {input: usage.input_tokens + cached, output: usage.output_tokens},
    turn: content,
  };
}

export async function whole(house, ask) {
  return read(await sdk(house).messages.create(body_of(ask)));
}

export async function streamed(house, ask) {
  return read(await sdk(house).messages.stream(body_of(ask)).finalMessage());
}

export function history({turn}, results) {
  const content = results.map(({id, text}) => ({
    type: 'tool_result',
    tool_use_id: id,
    content: text,
  }));
  return [
    {role: 'assistant', content: turn},
    {role: 'user', content},
  ];
}

export const reply = ({turn}, text) => [
  {role: 'assistant', content: turn},
  {role: 'user', content: text},
];

export const class_of = (status) =>
  ({
    400: Anthropic.BadRequestError,
    401: Anthropic.AuthenticationError,
    404: Anthropic.NotFoundError,
    429: Anthropic.RateLimitError,
  })[status] ?? Anthropic.InternalServerError;

export const failure_of = (error) => ({
  status: error.status,
  message: error.message,
  retry_after: error.headers?.get('retry-after'),
});
