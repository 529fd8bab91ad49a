import {ApiError, GoogleGenAI} from '@google/genai';

export const name = '@google/genai';
export const can = {think: true};
/// Gemini has no word for a stop because of calls.
export const stop_of_calls = 'stop';

/// Of the version that the SDK asks for when nothing is said, or of another.
export const sdk = (house, apiVersion) =>
  new GoogleGenAI({apiKey: house.key, apiVersion, httpOptions: {baseUrl: house.base}});

function ask_of(ask) {
  const image = ask.image && {inlineData: {mimeType: 'image/png', data: ask.image}};
  const parts = [{text: ask.text}, ...(image ? [image] : [])];
  const functionDeclarations = ask.tools?.map(({name, schema}) => ({
    name,
    description: `It is ${name}.`,
    parametersJsonSchema: schema,
  }));
  return {
    model: ask.model,
    contents: [{role: 'user', parts}, ...(ask.history ?? [])],
    config: {
      tools: functionDeclarations && [{functionDeclarations}],
      responseMimeType: ask.schema && 'application/json',
      responseJsonSchema: ask.schema,
      maxOutputTokens: ask.tokens_max,
      thinkingConfig: ask.thinks && {includeThoughts: true, thinkingBudget: 1024},
    },
  };
}

function read({parts, finishReason, usage}) {
  const text = (thought) =>
    parts
      .filter((part) => Boolean(part.thought) === thought)
      .map((part) => part.text ?? '')
      .join('');
  return {
    text: text(false),
    thoughts: text(true),
    calls: parts
      .filter(({functionCall}) => functionCall)
      .map(({functionCall: {id, name, args}}) => ({id, name, input: args})),
    stop: {STOP: 'stop', MAX_TOKENS: 'length'}[finishReason],
    usage: usage && {
      input: usage.promptTokenCount,
      output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
      total: usage.totalTokenCount,
    },
    turn: {role: 'model', parts},
  };
}

export async function whole(house, ask) {
  const {candidates, usageMetadata: usage} = await sdk(house).models.generateContent(ask_of(ask));
  const [{content, finishReason}] = candidates;
  return read({parts: content.parts, finishReason, usage});
}

export async function streamed(house, ask) {
  const all = {parts: []};
  for await (const chunk of await sdk(house).models.generateContentStream(ask_of(ask))) {
    const [candidate] = chunk.candidates ?? [];
    all.parts.push(...(candidate?.content?.parts ?? []));
    all.finishReason = candidate?.finishReason ?? all.finishReason;
    all.usage = chunk.usageMetadata ?? all.usage;
  }
  return read(all);
}

export function history({turn}, results) {
  const parts = results.map(({id, name, text}) => ({
    functionResponse: {id, name, response: {output: text}},
  }));
  return [turn, {role: 'user', parts}];
}

export const reply = ({turn}, text) => [turn, {role: 'user', parts: [{text}]}];

export const class_of = () => ApiError;
export const failure_of = ({status, message}) => ({status, message});
