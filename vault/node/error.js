'use strict';

/**
 * What went wrong, under the codes of the tacit library: not_found,
 * invalid_name, invalid_value, locked, denied, busy, … It never holds a value.
 */
class SecretError extends Error {
  constructor(code, message, { op, key, path, hint, remedy } = {}) {
    super([op, key, path].filter(Boolean).join(' ') + (op || key || path ? ': ' : '') + message);
    this.name = 'SecretError';
    this.code = code;
    this.op = op;
    this.key = key;
    this.path = path;
    this.hint = hint;
    this.remedy = remedy;
  }
}

module.exports = { SecretError };
