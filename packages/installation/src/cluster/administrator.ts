import type { Cluster } from './cluster.ts';

/** Who may do everything in the installation, as its Secret says. */
export async function administratorOf({ kubectl, nameOf }: Cluster): Promise<{ email: string; password: string }> {
  const { data } = await kubectl.json('get', 'secret', nameOf('administrator'));
  const [email, password] = [data.email, data.password].map((text: string) => Buffer.from(text, 'base64').toString());
  if (!email || !password) throw new Error('the administrator has no credentials');
  return { email, password };
}
