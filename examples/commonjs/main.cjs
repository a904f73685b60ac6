// CommonJS: `require`, and `__filename` in place of `import.meta.url`.
const { ProcessPool } = require('mproc-worker');
const { reverse } = require('./reverse.cjs');

async function main() {
  const pool = new ProcessPool({ processes: 2 });
  for (const response of await pool.map(reverse, ['stressed', 7]))
    console.log(response.body ?? response.error.message);
  await pool.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
