import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Checks what the build has packed, by unpacking and running it, and writes the formula of Homebrew with the checksum of the
 * archive. A Debian package is installed by dpkg below a folder of its own, and removed again.
 *
 * <p>Run by the build as a source file, on the JDK that the program is to run on: {@code java Packages.java TARGET VERSION}.
 */
final class Packages {
    private static final List<String> NEEDED = List.of(
            "bin/chaos-proxy",
            "bin/chaos-proxy.cmd",
            "conf/chaos-proxy.conf",
            "lib/jvm.options",
            "share/man/man1/chaos-proxy.1",
            "share/man/man1/chaos-proxy-ctl-add.1",
            "share/bash-completion/completions/chaos-proxy",
            "share/zsh/site-functions/_chaos-proxy",
            "share/fish/vendor_completions.d/chaos-proxy.fish",
            "LICENSE");

    /** A jar in CycloneDX's JSON: its name and version. */
    private static final Pattern JAR = Pattern.compile("\"purl\" : \"pkg:maven/[^/\"]+/([^@\"]+)@([^?\"]+)");

    /** A package of npm there: its name, encoded, and version. */
    private static final Pattern NPM = Pattern.compile("\"purl\" : \"pkg:npm/([^@\"]+@[^?\"]+)\"");

    private final Path target;
    private final String version;

    private Packages(Path target, String version) {
        this.target = target.toAbsolutePath();
        this.version = version;
    }

    public static void main(String[] arguments) throws Exception {
        Packages packages = new Packages(Path.of(arguments[0]), arguments[1]);
        packages.archive("tar.gz", "tar", "-xzf");
        packages.archive("zip", System.getProperty("java.home") + "/bin/jar", "--extract", "--file");
        packages.debian();
        packages.materials();
        packages.formula();
    }

    private Path folder(String name) throws IOException, InterruptedException {
        Path folder = target.resolve("packages").resolve(name);
        run(target, "rm", "-rf", folder.toString());
        return Files.createDirectories(folder);
    }

    private Path archive(String type) {
        return target.resolve("chaos-proxy-" + version + "." + type);
    }

    private void archive(String type, String... unpack) throws IOException, InterruptedException {
        Path folder = folder(type);
        List<String> command = new ArrayList<>(List.of(unpack));
        command.add(archive(type).toString());
        run(folder, command.toArray(String[]::new));
        Path home = folder.resolve("chaos-proxy-" + version);
        checkFiles(home);
        if (type.equals("tar.gz")) { // jar sets no permissions, and the zip is for Windows
            check(home.resolve("bin/chaos-proxy"), home.resolve("conf/chaos-proxy.conf"));
        }
    }

    private static void checkFiles(Path home) throws IOException {
        for (String file : NEEDED) {
            expect(Files.size(home.resolve(file)) > 0, home + " lacks " + file);
        }
        Set<String> strays = named(home.resolve("lib"), "(junit|opentest4j|apiguardian).*|.*\\.(aot|jsa)");
        expect(strays.isEmpty(), home + "/lib has what belongs to tests, or caches of one JDK: " + strays);
    }

    private static Set<String> named(Path folder, String pattern) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches(pattern))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /**
     * The bill of materials, if the profile {@code release} has made one, lists the jars of the package, the npm packages that the
     * dashboard is made with, and no other.
     */
    private void materials() throws IOException {
        Path bom = target.resolve("bom.json");
        if (!Files.exists(bom)) {
            return;
        }
        String text = Files.readString(bom);
        Set<String> jars = listed(text, JAR, jar -> jar.group(1) + "-" + jar.group(2) + ".jar");
        expectSame(bom, jars, named(target.resolve("chaos-proxy/lib"), ".*\\.jar"));
        Set<String> packages = listed(text, NPM, name -> name.group(1).replace("%40", "@"));
        expectSame(bom, packages, vendored());
    }

    private static Set<String> listed(String bom, Pattern purl, Function<MatchResult, String> named) {
        return purl.matcher(bom).results().map(named).collect(Collectors.toCollection(TreeSet::new));
    }

    /** What {@link Vendor} has written into the jar, if it could fetch the packages. */
    private Set<String> vendored() throws IOException {
        try (ZipFile jar =
                new ZipFile(target.resolve("chaos-proxy-" + version + ".jar").toFile())) {
            ZipEntry versions = jar.getEntry("io/chaosproxy/control/ui/vendor/versions.txt");
            if (versions == null) {
                return Set.of();
            }
            try (InputStream in = jar.getInputStream(versions)) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .collect(Collectors.toCollection(TreeSet::new));
            }
        }
    }

    private static void expectSame(Path bom, Set<String> listed, Set<String> shipped) {
        expect(listed.equals(shipped), bom + " lists " + listed + ", and the package has " + shipped);
    }

    private void check(Path program, Path conf) throws IOException, InterruptedException {
        String shown = run(target, program.toString(), "--version");
        expect(shown.startsWith("chaos-proxy " + version + "\n"), program + " --version said: " + shown);
        String checked = run(target, program.toString(), "check", conf.toString());
        expect(checked.contains(": OK ("), program + " check said: " + checked);
    }

    private void debian() throws IOException, InterruptedException {
        Path file = target.resolve("chaos-proxy_" + version + "_all.deb");
        if (!Files.isExecutable(Path.of("/usr/bin/dpkg"))) {
            System.err.println("no dpkg: " + file.getFileName() + " is not tested");
            return;
        }
        Path root = folder("deb");
        for (String name : List.of("info", "updates", "triggers")) {
            Files.createDirectories(root.resolve("var/lib/dpkg").resolve(name));
        }
        Files.createFile(root.resolve("var/lib/dpkg/status"));
        Files.createFile(root.resolve("var/lib/dpkg/available"));
        List<String> dpkg = List.of( // the folder has no Java package
                "dpkg", "--root=" + root, "--force-not-root", "--force-depends", "--force-bad-path", "--log=/dev/null");
        run(root, with(dpkg, "--install", file.toString()));
        check(root.resolve("usr/bin/chaos-proxy"), root.resolve("etc/chaos-proxy/chaos-proxy.conf"));
        for (String name : List.of(
                "usr/share/man/man1/chaos-proxy.1",
                "usr/share/bash-completion/completions/chaos-proxy",
                "usr/share/zsh/vendor-completions/_chaos-proxy",
                "usr/share/fish/vendor_completions.d/chaos-proxy.fish",
                "usr/share/doc/chaos-proxy/copyright",
                "usr/lib/systemd/system/chaos-proxy.service")) {
            expect(Files.exists(root.resolve(name)), "the Debian package lacks " + name);
        }
        Files.writeString(root.resolve("etc/chaos-proxy/chaos-proxy.conf"), "# mine\n");
        run(root, with(dpkg, "--remove", "chaos-proxy"));
        expect(!Files.exists(root.resolve("usr/share/chaos-proxy")), "removed, the Debian package leaves files");
        expect(
                Files.readString(root.resolve("etc/chaos-proxy/chaos-proxy.conf"))
                        .equals("# mine\n"),
                "removed, the Debian package takes the configuration along");
        run(root, with(dpkg, "--purge", "chaos-proxy"));
        expect(!Files.exists(root.resolve("etc/chaos-proxy/chaos-proxy.conf")), "purged, the configuration stays");
    }

    private static String[] with(List<String> command, String... arguments) {
        return Stream.concat(command.stream(), Stream.of(arguments)).toArray(String[]::new);
    }

    private void formula() throws Exception {
        Path archive = archive("tar.gz");
        String text = Files.readString(Path.of("src/main/packaging/homebrew/chaos-proxy.rb"))
                .replaceFirst("# Formula of Homebrew\\..*\n", "")
                .replace("@version@", version)
                .replace("@sha256@", sha256(archive));
        expect(!text.contains("@version@") && !text.contains("@sha256@"), "the formula has gaps");
        Path formula = Files.writeString(target.resolve("chaos-proxy.rb"), text);
        if (Files.isExecutable(Path.of("/usr/bin/ruby"))) {
            run(target, "ruby", "-c", formula.toString());
        }
    }

    private static String sha256(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String run(Path folder, String... command) throws IOException, InterruptedException {
        Path said = Files.createTempFile("chaos-proxy", ".said");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile());
            Map<String, String> environment = builder.environment();
            environment.put("JAVA_HOME", System.getProperty("java.home"));
            environment.put("JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
            environment.keySet().removeAll(Set.of("CHAOS_PROXY_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
            Process process = builder.start();
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException("still running: " + String.join(" ", command));
            }
            String text = Files.readString(said);
            expect(process.exitValue() == 0, String.join(" ", command) + " failed: " + text);
            return text;
        } finally {
            Files.delete(said);
        }
    }

    private static void expect(boolean holds, String complaint) {
        if (!holds) {
            throw new IllegalStateException(complaint);
        }
    }
}
