/// Plays what providers serve besides conversations, and refuses what they would refuse.  An input
/// `n` of an embedding is the vector `[n, length]`, so that order shows.

import {createServer} from 'node:http';

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E' +
  'rkJggg==';

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const check = (fits, message, status = 400) => {
  if (!fits) throw new Refused(status, message);
};

/// A body's members, of which no other may be there.
function only(body, ...known) {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  check(unknown === undefined, `Unrecognized request argument supplied: ${unknown}`);
}

const vector = (input) => {
  if (Array.isArray(input)) return [input[0], input.length];
  return [Number(input), input.length];
};
const length = (inputs) => inputs.reduce((sum, input) => sum + input.length, 0);

/// Models fail as their names ask.
function behave(model) {
  check(!model.includes('missing'), `The model ${model} does not exist`, 404);
  const status = Number(model.match(/fail-(\d+)/)?.[1] ?? 200);
  check(status === 200, 'It fails as its name asks', status);
}

function embeddings(body) {
  only(body, 'model', 'input', 'dimensions', 'encoding_format', 'user');
  behave(body.model);
  check(Array.isArray(body.input) && body.input.length > 0, "'$.input' is invalid");
  check(body.input.length <= 2048, "'$.input' is too long");
  const packed = (numbers) => Buffer.from(new Float32Array(numbers).buffer).toString('base64');
  const form = body.encoding_format === 'base64' ? packed : (numbers) => numbers;
  return {
    object: 'list',
    data: body.input.map((input, index) => ({
      object: 'embedding',
      index,
      embedding: form(vector(input)),
    })),
    model: body.model,
    usage: {prompt_tokens: length(body.input), total_tokens: length(body.input)},
  };
}

function gemini(body, path) {
  const model = decodeURIComponent(path.match(/models\/(.*):/)[1]);
  behave(model);
  only(body, 'requests');
  check(body.requests?.length > 0 && body.requests.length <= 100, 'at most 100 requests');
  return {
    embeddings: body.requests.map((request) => {
      only(request, 'model', 'content', 'outputDimensionality', 'taskType', 'title');
      check(request.model === `models/${model}`, 'model: it is another than that of the path');
      return {values: vector(request.content.parts[0].text)};
    }),
  };
}

function ollama(body) {
  only(body, 'model', 'input', 'dimensions', 'truncate', 'options', 'keep_alive');
  behave(body.model);
  check(body.input.every((input) => typeof input === 'string'), 'invalid input type');
  return {
    model: body.model,
    embeddings: body.input.map(vector),
    prompt_eval_count: length(body.input),
  };
}

function images(body) {
  only(body, 'model', 'prompt', 'n', 'size', 'quality', 'response_format', 'style', 'user');
  behave(body.model);
  check(typeof body.prompt === 'string', "'prompt' is required");
  const image =
    body.response_format === 'url' ? {url: 'https://images.example/1.png'} : {b64_json: pixel};
  return {created: 1_700_000_000, data: Array(body.n ?? 1).fill(image)};
}

function moderations(body) {
  only(body, 'model', 'input');
  behave(body.model);
  const results = [{flagged: false, categories: {}, category_scores: {}}];
  return {id: 'modr-1', model: body.model, results};
}

function completions(body) {
  only(body, 'model', 'prompt', 'max_tokens', 'temperature');
  behave(body.model);
  return {
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1_700_000_000,
    model: body.model,
    choices: [{text: ` after ${body.prompt}`, index: 0, finish_reason: 'stop', logprobs: null}],
    usage: {prompt_tokens: 2, completion_tokens: 3, total_tokens: 5},
  };
}

function rerank(body) {
  only(body, 'model', 'query', 'documents', 'top_n');
  behave(body.model);
  return {results: body.documents.map((_, index) => ({index, relevance_score: 1 / (index + 1)}))};
}

const services = {
  '/v1/embeddings': embeddings,
  '/v1/images/generations': images,
  '/v1/moderations': moderations,
  '/v1/completions': completions,
  '/v1/rerank': rerank,
  '/api/embed': ollama,
};

async function read(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

function speech(body, response) {
  only(body, 'model', 'input', 'voice', 'response_format', 'speed', 'instructions');
  behave(body.model);
  check(typeof body.voice === 'string', "'voice' is required");
  response.writeHead(200, {'content-type': 'audio/mpeg'});
  response.write('ID3');
  response.end(`: ${body.input}`);
}

function key_of({headers}) {
  return headers['x-goog-api-key'] ?? headers.authorization?.replace(/^Bearer /, '');
}

async function answer(request, response, key) {
  check(key_of(request) === key, 'Incorrect API key provided', 401);
  check(request.method === 'POST', 'Not allowed', 405);
  const raw = await read(request);
  check(request.headers['content-type'] === 'application/json', 'Unsupported content type', 415);
  const body = JSON.parse(raw);
  if (request.url === '/v1/audio/speech') return speech(body, response);
  const serve = request.url.endsWith(':batchEmbedContents') ? gemini : services[request.url];
  check(serve, `There is no ${request.url}`, 404);
  const text = JSON.stringify(serve(body, request.url));
  response.writeHead(200, {'content-type': 'application/json'}).end(text);
}

/// Listens on a port of the system's.
export async function open_services(key) {
  const server = createServer((request, response) =>
    answer(request, response, key).catch(({status = 500, message}) => {
      const error = {message, code: status};
      response.writeHead(status, {'content-type': 'application/json'});
      response.end(JSON.stringify({error}));
    }),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
