/// What both APIs of OpenAI's SDK have in common.

import OpenAI from 'openai';

export const sdk = (house) =>
  new OpenAI({baseURL: `${house.base}/v1`, apiKey: house.key, maxRetries: 0});

export const data_url = (png) => `data:image/png;base64,${png}`;

export const class_of = (status) =>
  ({
    400: OpenAI.BadRequestError,
    401: OpenAI.AuthenticationError,
    404: OpenAI.NotFoundError,
    429: OpenAI.RateLimitError,
  })[status] ?? OpenAI.InternalServerError;

export const failure_of = (error) => ({
  status: error.status,
  message: error.message,
  retry_after: error.headers?.get('retry-after'),
});
