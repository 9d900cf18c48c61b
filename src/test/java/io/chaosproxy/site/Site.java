package io.chaosproxy.site;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import io.chaosproxy.kit.Child;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Builds the documentation as a website into {@code target/site}, by VitePress, and checks its links. Run as a program it serves the
 * result at http://127.0.0.1:8000/ until it is stopped; with the argument {@code build} it only builds.
 *
 * <p>VitePress and what it needs are npm packages in {@code target/site-build}. Nothing is done if the pages and the version are those of
 * the site that is there.
 */
public final class Site {
    private static final Path TARGET = Path.of("target", "site").toAbsolutePath();
    private static final Path WORK = Path.of("target", "site-build").toAbsolutePath();
    private static final int PORT = 8000;

    /** What the default theme can do without: a hosted search and the icons of social networks. They are half of the download. */
    private static final String PACKAGE = """
        {
          "private": true,
          "type": "module",
          "dependencies": { "vitepress": "VERSION" },
          "overrides": {
            "@docsearch/css": "file:./unused",
            "@docsearch/js": "file:./unused",
            "@iconify-json/simple-icons": "file:./unused"
          }
        }
        """;

    private Site() {}

    /** Builds, and then serves unless the argument is {@code build}. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        build();
        if (List.of(arguments).contains("build")) {
            System.out.println(TARGET.resolve("index.html"));
            return;
        }
        HttpServer server = SimpleFileServer.createFileServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT),
                TARGET,
                SimpleFileServer.OutputLevel.NONE);
        server.start();
        System.out.println("The documentation is at http://127.0.0.1:" + PORT + "/; Ctrl-C ends it");
        Thread.currentThread().join();
    }

    /**
     * Builds the site if it is not there yet.
     *
     * @return its folder
     * @throws IOException if npm can't get the packages, VitePress rejects a page, or a link leads nowhere
     */
    static Path build() throws IOException, InterruptedException {
        Path source = WORK.resolve("source");
        SitePages.write(source);
        String version = version();
        String fingerprint = fingerprint(source, version);
        Path stamp = WORK.resolve("built.txt");
        if (Files.exists(stamp) && Files.readString(stamp).equals(fingerprint)) {
            return TARGET;
        }
        Files.deleteIfExists(stamp);
        install(version);
        run("VitePress", "node", "node_modules/vitepress/bin/vitepress.js", "build", "source");
        List<String> broken = SiteLinks.broken(TARGET);
        if (!broken.isEmpty()) {
            throw new IOException("links of the documentation that lead nowhere:\n" + String.join("\n", broken));
        }
        Files.writeString(stamp, fingerprint);
        return TARGET;
    }

    private static void install(String version) throws IOException, InterruptedException {
        String wanted = PACKAGE.replace("VERSION", version);
        Path installed = WORK.resolve("installed.json");
        if (Files.exists(installed) && Files.readString(installed).equals(wanted)) {
            return;
        }
        Path unused = Files.createDirectories(WORK.resolve("unused"));
        Files.writeString(unused.resolve("package.json"), """
            { "name": "unused", "version": "1.0.0", "type": "module", "main": "index.js" }
            """);
        Files.writeString(unused.resolve("index.js"), "export default {};\n");
        Files.writeString(unused.resolve("icons.json"), "{ \"prefix\": \"simple-icons\", \"icons\": {} }\n");
        Files.writeString(WORK.resolve("package.json"), wanted);
        run(
                "npm",
                "npm",
                "install",
                "--no-package-lock",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefer-offline",
                "--loglevel=error");
        Files.writeString(installed, wanted);
    }

    private static void run(String name, String... command) throws IOException, InterruptedException {
        Path output = WORK.resolve(name + ".log");
        ProcessBuilder builder = Child.builder(List.of(command))
                .directory(WORK.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("SITE_TARGET", TARGET.toString());
        Process process = builder.start();
        try {
            if (!process.waitFor(10, TimeUnit.MINUTES)) {
                throw new IOException(name + " does not end: " + Files.readString(output));
            }
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IOException(name + " failed:\n" + Files.readString(output));
        }
    }

    /** The version of VitePress stands in the pom, with those of the other npm packages. */
    private static String version() throws IOException {
        Matcher found = Pattern.compile("<npm.vitepress.version>(.*?)<").matcher(Files.readString(Path.of("pom.xml")));
        if (!found.find()) {
            throw new IOException("pom.xml has no npm.vitepress.version");
        }
        return found.group(1);
    }

    private static String fingerprint(Path source, String version) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(version.getBytes(UTF_8));
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !source.relativize(file).startsWith(Path.of(".vitepress", "cache")))
                    .sorted()
                    .toList()) {
                digest.update(source.relativize(file).toString().getBytes(UTF_8));
                digest.update(Files.readAllBytes(file));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
