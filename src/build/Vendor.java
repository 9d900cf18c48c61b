import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Copies the files of npm packages that the dashboard is made with, and their licences, to where the server finds them.
 *
 * <p>Their modules import each other by the names of packages, which a browser resolves by an import map only. That would be an
 * inline script, which the page's Content-Security-Policy forbids; so such a name is replaced by the file it stands for.
 *
 * <p>Run by the build as a source file. Does nothing if it has run for the same versions already. Without npm, or if npm can't get
 * a package, there is a warning, and the build goes on without the dashboard; in CI ({@code CI} is set) that is an error.
 */
final class Vendor {
    /** A file of a package, and the name under which modules import it. */
    private record VendoredFile(String module, String path, String name) {}

    private static final Map<String, List<VendoredFile>> FILES = Map.of(
            "preact",
                    List.of(
                            new VendoredFile("preact", "dist/preact.mjs", "preact.js"),
                            new VendoredFile("preact/hooks", "hooks/dist/hooks.mjs", "hooks.js")),
            "htm", List.of(new VendoredFile("htm", "dist/htm.mjs", "htm.js")),
            "@preact/signals", List.of(new VendoredFile("@preact/signals", "dist/signals.mjs", "signals.js")),
            "@preact/signals-core",
                    List.of(new VendoredFile("@preact/signals-core", "dist/signals-core.mjs", "signals-core.js")),
            "uplot",
                    List.of(
                            new VendoredFile("uplot", "dist/uPlot.esm.js", "uplot.js"),
                            new VendoredFile("", "dist/uPlot.min.css", "uplot.css")),
            "marked", List.of(new VendoredFile("marked", "lib/marked.esm.js", "marked.js")),
            "axe-core", List.of(new VendoredFile("", "axe.min.js", "axe.js")));

    private static final Pattern IMPORT = Pattern.compile("(\\b(?:from|import)\\s*\")([@a-z][a-z0-9/@-]*)\"");
    private static final Pattern SOURCE_MAP = Pattern.compile("//# sourceMappingURL=.*");

    private Vendor() {}

    /** A folder for npm, the folder for the files, and packages with their versions, such as {@code htm@3.1.1}. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path npm = Path.of(arguments[0]);
        Path target = Path.of(arguments[1]);
        List<String> packages = Arrays.asList(arguments).subList(2, arguments.length);
        Path stamp = target.resolve("versions.txt");
        String versions = String.join("\n", packages) + "\n";
        if (Files.exists(stamp) && Files.readString(stamp).equals(versions)) {
            return;
        }
        try {
            install(npm, packages);
        } catch (IOException e) {
            if (System.getenv("CI") != null) {
                throw e;
            }
            System.err.println("[WARNING] the dashboard is left out of this build: " + e.getMessage());
            return;
        }
        Files.createDirectories(target);
        for (String each : packages) {
            copy(npm.resolve("node_modules"), target, each.substring(0, each.lastIndexOf('@')));
        }
        Files.writeString(stamp, versions);
    }

    private static void install(Path npm, List<String> packages) throws IOException, InterruptedException {
        Files.createDirectories(npm);
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows") ? "npm.cmd" : "npm",
                "install",
                "--prefix",
                npm.toString(),
                "--no-save",
                "--no-package-lock",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error"));
        command.addAll(packages);
        Process running;
        try {
            running = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException("there is no npm, which fetches " + String.join(", ", packages), e);
        }
        String said = new String(running.getInputStream().readAllBytes());
        if (running.waitFor() != 0) {
            throw new IOException("npm can't fetch " + String.join(", ", packages) + ": "
                    + said.lines().filter(line -> !line.isBlank()).collect(Collectors.joining(" | ")));
        }
    }

    private static void copy(Path modules, Path target, String name) throws IOException {
        Path source = modules.resolve(name);
        for (VendoredFile file : FILES.get(name)) {
            String text = Files.readString(source.resolve(file.path));
            Files.writeString(target.resolve(file.name), resolved(text));
        }
        Files.writeString(
                target.resolve("LICENSE." + name.replace("@", "").replace('/', '-') + ".txt"),
                Files.readString(source.resolve("LICENSE")));
    }

    private static String resolved(String text) {
        String plain = SOURCE_MAP.matcher(text).replaceAll("");
        return IMPORT.matcher(plain)
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1) + "./" + fileOf(found.group(2)) + "\""));
    }

    private static String fileOf(String module) {
        return FILES.values().stream()
                .flatMap(List::stream)
                .filter(file -> file.module.equals(module))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no vendored file is the module " + module))
                .name;
    }
}
