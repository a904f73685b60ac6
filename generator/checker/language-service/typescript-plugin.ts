// A plugin for the language service of TypeScript 5.5 to 6: the findings of the rules, and their repairs, in the editor.
import { dirname } from 'node:path';
import type { ts } from 'ts-morph';
import type { FixableFinding } from '../findings.js';
import { pageOf } from '../formats/pages.js';
import { codeFixes, combinedFix } from './code-fixes.js';
import { ProjectFindings } from './project-findings.js';

/** The number of all our diagnostics: editors ask for repairs by it. */
export const DIAGNOSTIC_CODE = 87_001;
const SOURCE = 'mproc';

type TypeScript = typeof ts;
type PluginInfo = ts.server.PluginCreateInfo;

/** What `tsserver` calls, with its own compiler: the program that it has made is the one that the rules look at. */
export default function init({ typescript }: { readonly typescript: TypeScript }) {
  return { create: (info: PluginInfo) => decorate(typescript, info) };
}

function decorate(ts: TypeScript, info: PluginInfo): ts.LanguageService {
  const { languageService: service, languageServiceHost: host, project } = info;
  const configFile = configFileOf(ts, project);
  if (configFile === undefined) return service;
  const log = (line: string) => project.projectService.logger.info(`${SOURCE}: ${line}`);
  const findings = new ProjectFindings({
    ts,
    root: dirname(configFile),
    configFile,
    log,
    pause: () => {
      if (host.getCancellationToken?.().isCancellationRequested()) throw new ts.OperationCanceledException();
    },
  });
  const findingsIn = (path: string) => {
    const program = service.getProgram();
    try {
      return program ? findings.in(program, path) : [];
    } catch (error) {
      if (error instanceof ts.OperationCanceledException) throw error;
      // The editor goes on without us.
      log(String(error instanceof Error ? (error.stack ?? error) : error));
      return [];
    }
  };
  const decorated: Partial<ts.LanguageService> = {
    getSemanticDiagnostics(path) {
      const source = service.getProgram()?.getSourceFile(path);
      const own = source ? findingsIn(path).map((finding) => diagnosticOf(ts, source, finding)) : [];
      return [...service.getSemanticDiagnostics(path), ...own];
    },
    getSupportedCodeFixes: (path) => [...service.getSupportedCodeFixes(path), String(DIAGNOSTIC_CODE)],
    getCodeFixesAtPosition(path, start, end, codes, ...rest) {
      const others = service.getCodeFixesAtPosition(path, start, end, codes, ...rest);
      const source = codes.includes(DIAGNOSTIC_CODE) ? service.getProgram()?.getSourceFile(path) : undefined;
      return source ? [...others, ...codeFixes(findingsIn(path), source, { start, end })] : others;
    },
    getCombinedCodeFix(scope, fixId, ...rest) {
      const own = combinedFix(findingsIn(scope.fileName), fixId);
      return own ?? service.getCombinedCodeFix(scope, fixId, ...rest);
    },
  };
  return proxyOf(service, decorated);
}

/** The configuration of the project; `undefined` for a file that is open by itself. */
function configFileOf(ts: TypeScript, project: PluginInfo['project']): string | undefined {
  const name = project.getProjectName();
  return /\.json$/.test(name) && ts.sys.fileExists(name) ? name : undefined;
}

function diagnosticOf(ts: TypeScript, file: ts.SourceFile, finding: FixableFinding): ts.Diagnostic {
  const { line, column, endLine, endColumn, message, rule, severity } = finding;
  const start = file.getPositionOfLineAndCharacter(line - 1, column - 1);
  const end = file.getPositionOfLineAndCharacter(endLine - 1, endColumn - 1);
  return {
    file,
    start,
    length: end - start,
    // An editor shows the number of a diagnostic, and nothing of what the rule is called.
    messageText: `${message} (${rule}: ${pageOf(rule)})`,
    category: severity === 'error' ? ts.DiagnosticCategory.Error : ts.DiagnosticCategory.Warning,
    code: DIAGNOSTIC_CODE,
    source: SOURCE,
  };
}

/** All that the service does, apart from what is done otherwise. */
function proxyOf(service: ts.LanguageService, decorated: Partial<ts.LanguageService>): ts.LanguageService {
  return new Proxy(service, {
    get: (target, name) => Reflect.get(decorated, name) ?? Reflect.get(target, name),
  });
}
