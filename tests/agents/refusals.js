/// What the gateway refused, by its log, save for the models that are meant to fail.

import {createInterface} from 'node:readline';

export class Refusals {
  meant = new Set();
  all = [];

  constructor(log) {
    createInterface({input: log}).on('line', (line) => {
      if (line.startsWith('{')) this.read(JSON.parse(line));
    });
  }

  read({event, id, model, method, path, status}) {
    if (event === 'request' && model.includes('/fail-')) this.meant.add(id);
    if (event !== 'request.ended' || status < 400) return;
    this.all.push({id, what: `${method} ${path}: ${status}`});
  }

  unmeant() {
    return this.all.filter(({id}) => !this.meant.has(id)).map(({what}) => what);
  }
}
