/// The AI SDK with each of its providers: one client for each.

import {createAnthropic} from '@ai-sdk/anthropic';
import {createGoogle} from '@ai-sdk/google';
import {createOpenAI} from '@ai-sdk/openai';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {
  APICallError, generateObject, generateText, jsonSchema, streamObject, streamText, tool,
} from 'ai';

const openai = ({base, key}) => createOpenAI({baseURL: `${base}/v1`, apiKey: key});
const anthropic = ({base, key}) => createAnthropic({baseURL: `${base}/v1`, apiKey: key});
const google = ({base, key}) => createGoogle({baseURL: `${base}/v1beta`, apiKey: key});
const compatible = ({base, key}) =>
  createOpenAICompatible({
    name: 'omniroute',
    baseURL: `${base}/v1`,
    apiKey: key,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

export const providers = {
  'openai, responses': {
    model: (house, name) => openai(house).responses(name),
    // It names earlier answers instead of sending them, unless it is told that nobody stores them.
    thinking: {
      openai: {
        reasoningEffort: 'medium',
        reasoningSummary: 'auto',
        forceReasoning: true,
      },
    },
  },
  'openai, chat': {model: (house, name) => openai(house).chat(name)},
  anthropic: {
    model: (house, name) => anthropic(house)(name),
    thinking: {anthropic: {thinking: {type: 'enabled', budgetTokens: 1024}}},
    shaping: {anthropic: {structuredOutputMode: 'outputFormat'}},
  },
  google: {
    model: (house, name) => google(house)(name),
    wrapped: ({name, text}) => JSON.stringify({name, content: text}),
    thinking: {google: {thinkingConfig: {includeThoughts: true, thinkingBudget: 1024}}},
  },
  'openai-compatible': {
    model: (house, name) => compatible(house)(name),
    thinking: {omniroute: {reasoningEffort: 'medium'}},
  },
};

function settings(provider, house, ask) {
  const {model, thinking, shaping} = provider;
  const image = ask.image && {type: 'file', mediaType: 'image/png', data: ask.image};
  const content = [{type: 'text', text: ask.text}, ...(image ? [image] : [])];
  const tools = ask.tools?.map(({name, schema}) => [
    name,
    tool({description: `It is ${name}.`, inputSchema: jsonSchema(schema)}),
  ]);
  return {
    model: model(house, ask.model),
    messages: [{role: 'user', content}, ...(ask.history ?? [])],
    tools: tools && Object.fromEntries(tools),
    schema: ask.schema && jsonSchema(ask.schema),
    maxOutputTokens: ask.tokens_max,
    providerOptions: ask.thinks ? thinking : ask.schema && shaping,
    maxRetries: 0,
    onError: () => {},
  };
}

function read({text, reasoningText, toolCalls, finishReason, usage, response}) {
  return {
    text,
    thoughts: reasoningText ?? '',
    calls: toolCalls.map(({toolCallId, toolName, input}) => ({
      id: toolCallId,
      name: toolName,
      input,
    })),
    stop: {stop: 'stop', length: 'length', 'tool-calls': 'tool'}[finishReason],
    usage: {input: usage.inputTokens, output: usage.outputTokens, total: usage.totalTokens},
    turns: response.messages,
  };
}

async function whole(provider, house, ask) {
  const wanted = settings(provider, house, ask);
  if (!ask.schema) return read(await generateText(wanted));
  return {text: JSON.stringify((await generateObject(wanted)).object)};
}

async function streamed(provider, house, ask) {
  const wanted = settings(provider, house, ask);
  const result = ask.schema ? streamObject(wanted) : streamText(wanted);
  for await (const part of result.fullStream) {
    if (part.type === 'error') throw part.error;
  }
  if (ask.schema) return {text: JSON.stringify(await result.object)};
  const members = ['text', 'reasoningText', 'toolCalls', 'finishReason', 'usage', 'response'];
  const values = await Promise.all(members.map((member) => result[member]));
  return read(Object.fromEntries(members.map((member, i) => [member, values[i]])));
}

function history({turns}, results) {
  const content = results.map(({id, name, text}) => ({
    type: 'tool-result',
    toolCallId: id,
    toolName: name,
    output: {type: 'text', value: text},
  }));
  return [...turns, {role: 'tool', content}];
}

const reply = ({turns}, text) => [...turns, {role: 'user', content: [{type: 'text', text}]}];

export const clients = Object.entries(providers).map(([name, provider]) => ({
  name: `ai with ${name}`,
  can: {think: Boolean(provider.thinking)},
  repeats: true,
  whole: (house, ask) => whole(provider, house, ask),
  streamed: (house, ask) => streamed(provider, house, ask),
  history,
  reply,
  wrapped: provider.wrapped,
  class_of: () => APICallError,
  failure_of: ({statusCode, message, responseHeaders}) => ({
    status: statusCode,
    message,
    retry_after: responseHeaders?.['retry-after'],
  }),
}));
