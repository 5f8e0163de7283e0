#!/usr/bin/env node
// Speaks the part of solc's command line that ape, py-solc-x and forge use, over the npm compiler.
'use strict';
const fs = require('fs');
const path = require('path');

const packageDir = process.env.SOLC_NPM_PACKAGE;
if (!packageDir) {
  process.stderr.write('SOLC_NPM_PACKAGE must name the folder of the solc package\n');
  process.exit(1);
}
const compiler = () => require(path.join(packageDir, 'index.js'));

function parse(argv) {
  const options = { base: process.cwd(), includes: [], input: null, standardJson: false, version: false };
  const queue = [...argv];
  while (queue.length > 0) {
    const word = queue.shift();
    const cut = word.indexOf('=');
    const name = cut < 0 ? word : word.slice(0, cut);
    const value = () => (cut < 0 ? queue.shift() : word.slice(cut + 1));
    switch (name) {
      case '--version':
      case '-V':
        options.version = true;
        break;
      case '--standard-json':
        options.standardJson = true;
        if (queue.length > 0 && !queue[0].startsWith('-')) options.input = queue.shift();
        break;
      case '--base-path':
        options.base = path.resolve(value());
        break;
      case '--include-path':
      case '-I':
        options.includes.push(path.resolve(value()));
        break;
      case '--allow-paths':
        value();
        break;
      case '--allow-empty':
      case '-':
        break;
      default:
        process.stderr.write(`unknown option ${word}\n`);
        process.exit(1);
    }
  }
  return options;
}

function importer(options) {
  return (wanted) => {
    const roots = path.isAbsolute(wanted) ? [''] : [options.base, ...options.includes];
    for (const root of roots) {
      const file = root ? path.join(root, wanted) : wanted;
      if (fs.existsSync(file)) return { contents: fs.readFileSync(file, 'utf8') };
    }
    return { error: `File not found: ${wanted}` };
  };
}

function writeAll(text) {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(1, bytes, done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error; // a full pipe: try again
    }
  }
}

const options = parse(process.argv.slice(2));
if (options.version) {
  writeAll(`solc, the solidity compiler commandline interface\nVersion: ${compiler().version()}\n`);
} else if (options.standardJson) {
  const source = fs.readFileSync(options.input === null ? 0 : options.input, 'utf8');
  writeAll(compiler().compile(source, { import: importer(options) }));
} else {
  process.stderr.write('only --standard-json and --version are served\n');
  process.exit(1);
}
