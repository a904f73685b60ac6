/** Requests to the server that the page is from; what goes wrong comes as `problem`. */

async function asked(path, options) {
  try {
    return await (await fetch(path, options)).json();
  } catch (error) {
    return { problem: `mproc web does not answer: ${error.message}` };
  }
}

export const get = (path, query) => asked(`${path}?${new URLSearchParams(query)}`);

export const post = (path, order) =>
  asked(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
