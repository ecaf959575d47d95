import client from './index.js';

export const SecretClient = client.SecretClient;
export const SecretError = client.SecretError;
export default client;
