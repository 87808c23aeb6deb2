import { z } from 'zod';

/** The environment does not fit the schema; the message names every variable and what it is for. Ends a process with code 2. */
export class ConfigFault extends Error {
  override name = 'ConfigFault';
}

const port = (what: string) => z.coerce.number().int().min(0).max(65_535).optional().describe(what);
const seconds60 = 60_000;

/** What every process reads; services spread it into their own schema and give PORT and METRICS_PORT a default. */
export const commonConfig = {
  PORT: port('TCP port of the API.'),
  METRICS_PORT: port('TCP port of /metrics.'),
  HOST: z.string().default('0.0.0.0').describe('Address to listen on.'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info').describe('Least important level that is logged.'),
  IDENTITY_URL: z.url().default('http://127.0.0.1:8002').describe('Where the public keys of access tokens are fetched.'),
  SERVICE_KEY_FILE: z.string().default('/run/secrets/boxoffice/service.key.json').describe("This service's private key (JWK)."),
  SERVICE_TRUST_FILE: z.string().default('/run/secrets/boxoffice/trust.json').describe('Public keys of all services (JWKS).'),
  DRAIN_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(10 * seconds60)
    .default(10_000)
    .describe('How long requests under way may take at shutdown, in milliseconds.'),
  IDLE_GRACE_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(seconds60)
    .default(5_000)
    .describe('How long idle connections may still bring a request at shutdown, within DRAIN_MS, in milliseconds.'),
};

/** What `runService` needs to know of a process. */
export type ServiceConfig = z.output<z.ZodObject<typeof commonConfig>> & { PORT: number; METRICS_PORT: number };

/**
 * The environment, read by the schema; an empty variable counts as missing.
 * Throws a ConfigFault that names every wrong variable with its description; values that may be secrets are not repeated.
 */
export function loadConfig<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv = process.env): z.output<S> {
  const names = Object.keys(schema.shape);
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const faults = Map.groupBy(read.error.issues, (issue) => String(issue.path[0] ?? 'configuration'));
  const lines = [...faults].map(([name, issues]) => `  ${name}: ${faultOf(schema, name, given[name], issues)}`);
  throw new ConfigFault(`The environment does not fit:\n${lines.join('\n')}`);
}

function faultOf(schema: z.ZodObject, name: string, value: string | undefined, issues: z.core.$ZodIssue[]): string {
  const purpose = propertyOf(schema, name)?.description;
  const words =
    value === undefined
      ? 'is missing.'
      : `${issues.map((issue) => issue.message).join('; ')}${isSecret(schema, name) ? '' : ` (got ${JSON.stringify(value)})`}.`;
  return purpose ? `${words} ${purpose}` : words;
}

/** Addresses of engines carry passwords. A file name may be shown. `.meta({ secret: true })` says so for any other. */
function isSecret(schema: z.ZodObject, name: string): boolean {
  const told = schema.shape[name] instanceof z.ZodType && z.globalRegistry.get(schema.shape[name])?.secret === true;
  return told || (/(URL|KEY|SECRET|PASSWORD|TOKEN|PEPPER|CREDENTIAL|DSN)/.test(name) && !name.endsWith('_FILE'));
}

type Property = { description?: string; default?: unknown };

function propertyOf(schema: z.ZodObject, name: string): Property | undefined {
  return propertiesOf(schema)[name];
}

function propertiesOf(schema: z.ZodObject): Record<string, Property> {
  // A JSON schema names its properties; `description` and `default` mean the same there. zod types them wider (boolean schemas).
  return (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).properties ?? {}) as Record<string, Property>;
}

/** The schema as a Markdown table for a README: variable, default, meaning. */
export function configTable(schema: z.ZodObject): string {
  const required = new Set(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).required);
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = Object.entries(propertiesOf(schema)).map(([name, { default: value, description = '' }]) => {
    const known =
      value === undefined ? (required.has(name) ? '**required**' : '–') : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
    return `| \`${name}\` | ${cell(known)} | ${cell(description)} |`;
  });
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
