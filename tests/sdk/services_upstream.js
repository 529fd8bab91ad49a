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

const heard = 'Good morning.';

/// OpenAI's form: what it holds besides what OpenAI knows is refused.
async function transcriptions(request, raw, response) {
  const headers = {'content-type': request.headers['content-type']};
  const form = await new Response(raw, {headers}).formData();
  const known = ['file', 'model', 'language', 'prompt', 'response_format', 'stream', 'temperature'];
  only(Object.fromEntries(form), ...known, 'timestamp_granularities[]');
  behave(form.get('model'));
  const file = form.get('file');
  check(file instanceof File && file.size > 0, 'file is required');
  check(/\.(mp3|wav|m4a|flac|ogg|webm)$/.test(file.name), 'Invalid file format.');
  const format = form.get('response_format') ?? 'json';
  const send = (type, text) => response.writeHead(200, {'content-type': type}).end(text);
  if (form.get('stream') === 'true') {
    const delta = {type: 'transcript.text.delta', delta: heard};
    const done = {type: 'transcript.text.done', text: heard};
    return send('text/event-stream', [delta, done].map(as_event).join(''));
  }
  const timed = {task: 'transcribe', language: 'english', duration: 1.5, text: heard};
  if (format === 'verbose_json') return send('application/json', JSON.stringify(timed));
  if (format === 'json') return send('application/json', JSON.stringify({text: heard}));
  const cue = `1\n00:00:00,000 --> 00:00:01,500\n${heard}\n\n`;
  return send('text/plain', format === 'srt' ? cue : heard);
}

const as_event = (event) => `data: ${JSON.stringify(event)}\n\n`;

/// The bytes, and all else in the query.
function deepgram(url, request, raw, response) {
  const {searchParams} = url;
  check(searchParams.get('model') && raw.length > 0, 'Bad Request');
  behave(searchParams.get('model'));
  check(searchParams.has('language') !== searchParams.has('detect_language'), 'Bad Request');
  check(request.headers['content-type'].startsWith('audio/'), 'corrupt or unsupported data');
  const words = [
    {word: 'good', punctuated_word: 'Good', start: 0, end: 0.5},
    {word: 'morning', punctuated_word: heard.split(' ')[1], start: 0.5, end: 1.25},
  ];
  const alternatives = [{transcript: heard, words}];
  const results = {channels: [{detected_language: 'en', alternatives}]};
  const answer = {metadata: {duration: 1.5}, results};
  response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(answer));
}

/// Takes the bytes, takes a job for them, and is done when it is asked.
function assemblyai(url, request, raw, response) {
  const at = url.pathname.slice('/v2'.length);
  const send = (answer) =>
    response.writeHead(200, {'content-type': 'application/json'}).end(JSON.stringify(answer));
  if (at === '/upload') return send({upload_url: `https://cdn.example/${raw.length}`});
  if (at === '/transcript') {
    const job = JSON.parse(raw);
    only(job, 'audio_url', 'speech_model', 'language_detection', 'language_code');
    behave(job.speech_model);
    return send({id: 'job-1', status: 'queued'});
  }
  check(at === '/transcript/job-1' && request.method === 'GET', 'Not found', 404);
  const words = [{text: heard, start: 0, end: 1250}];
  const answer = {id: 'job-1', status: 'completed', text: heard, language_code: 'en', words};
  return send({...answer, audio_duration: 2});
}

function key_of({headers}) {
  return headers['x-goog-api-key'] ?? headers.authorization?.replace(/^(Bearer|Token) /, '');
}

async function answer(request, response, key) {
  check(key_of(request) === key, 'Incorrect API key provided', 401);
  const raw = await read(request);
  const url = new URL(request.url, 'http://x');
  if (url.pathname.startsWith('/v2/')) return assemblyai(url, request, raw, response);
  check(request.method === 'POST', 'Not allowed', 405);
  if (url.pathname === '/v1/listen') return deepgram(url, request, raw, response);
  if (url.pathname === '/v1/audio/transcriptions') return transcriptions(request, raw, response);
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
