/// The calls of tools and their results in a request, as each dialect tells them.

const list = (value) => (Array.isArray(value) ? value : [{text: value}]);
const text_of = (content) => list(content).map(({text}) => text ?? '').join('');

const openai_or_ollama = ({messages}) => ({
  calls: messages.flatMap(({tool_calls = []}) => tool_calls.map((call) => call.function.name)),
  results: messages.filter(({role}) => role === 'tool').map(({content}) => text_of(content)),
});

function responses({input}) {
  const of_type = (...wanted) => input.filter(({type}) => wanted.includes(type));
  return {
    calls: of_type('function_call', 'custom_tool_call').map(({name}) => name),
    results: of_type('function_call_output', 'custom_tool_call_output').map(({output}) =>
      text_of(output)),
  };
}

function anthropic({messages}) {
  const blocks = messages.flatMap(({content}) => list(content));
  const of_type = (wanted) => blocks.filter(({type}) => type === wanted);
  return {
    calls: of_type('tool_use').map(({name}) => name),
    results: of_type('tool_result').map(({content}) => text_of(content)),
  };
}

function gemini({contents}) {
  const parts = contents.flatMap((content) => content.parts);
  return {
    calls: parts.filter((part) => part.functionCall).map((part) => part.functionCall.name),
    results: parts
      .filter((part) => part.functionResponse)
      .map((part) => JSON.stringify(part.functionResponse.response)),
  };
}

export const calls_of = {
  chat: openai_or_ollama,
  ollama: openai_or_ollama,
  responses,
  anthropic,
  gemini,
};
