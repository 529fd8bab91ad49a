/// What the SDKs' own cases ask for.

import {z} from 'zod';

export const question = 'One two three';
export const City = z.object({name: z.string(), inhabitants: z.number().int()});
export const place_schema = {
  type: 'object',
  properties: {place: {type: 'string'}},
  required: ['place'],
  additionalProperties: false,
};

/// A tool that keeps what it was asked for.
export function weather_tool() {
  const asked = [];
  const run = ({place}) => {
    asked.push(place);
    return 'Rain';
  };
  return {asked, run};
}
