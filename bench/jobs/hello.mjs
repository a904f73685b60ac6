// JavaScript: its start and its memory are measured.
process.on('message', () => {});
process.send('hello');
