package io.chaosproxy.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.kit.ClientProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code src/build/release} in a repository that is thrown away, with the files of this one that it changes. */
final class ReleaseScriptTest {
    private static final String NEXT = "0.3.0-SNAPSHOT";

    @TempDir
    private Path folder;

    private String present = "";
    private String version = "";

    @BeforeEach
    void repository() throws Exception {
        ClientProgram.assumePresent("git");
        for (String file : List.of("pom.xml", "README.md", "src/build/release", "k8s")) {
            copy(Path.of(file));
        }
        Files.writeString(folder.resolve("CHANGELOG.md"), """
            # Changes

            ## Unreleased

            ### Added

            - A thing.

            ## 0.1.0 - 2026-01-01

            - The first.
            """);
        git("init", "-q", "-b", "main");
        git("config", "user.name", "a");
        git("config", "user.email", "a@b.example");
        git("config", "commit.gpgsign", "false");
        git("add", "-A");
        git("commit", "-q", "-m", "Begin");
        present = line(read("pom.xml"), "  <version>").strip().replaceAll("</?version>", "");
        assertTrue(present.endsWith("-SNAPSHOT"), present);
        version = present.replace("-SNAPSHOT", "");
    }

    private void copy(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.toList()) {
                Path to = folder.resolve(each.toString());
                Files.createDirectories(to.resolveSibling("."));
                if (!Files.isDirectory(each)) {
                    Files.copy(each, to);
                }
            }
        }
    }

    private String git(String... words) throws IOException, InterruptedException {
        ClientProgram run =
                run(Stream.concat(Stream.of("git"), Stream.of(words)).toArray(String[]::new));
        assertEquals(0, run.exit(), run.output());
        return run.output().strip();
    }

    private ClientProgram release(String... words) throws IOException, InterruptedException {
        return run(
                Stream.concat(Stream.of("src/build/release"), Stream.of(words)).toArray(String[]::new));
    }

    private ClientProgram run(String... command) throws IOException, InterruptedException {
        Path outside = Files.createDirectories(folder.resolveSibling(folder.getFileName() + "-output"));
        String[] there = Stream.concat(Stream.of("env", "-C", folder.toString()), Stream.of(command))
                .toArray(String[]::new);
        Map<String, String> environment =
                Map.of("GIT_CONFIG_GLOBAL", "/dev/null", "GIT_CONFIG_SYSTEM", "/dev/null", "HOME", outside.toString());
        return ClientProgram.run(outside, environment, there);
    }

    private String read(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    private static String line(String text, String begin) {
        return text.lines()
                .filter(line -> line.startsWith(begin))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + begin));
    }

    @Test
    void aReleaseIsATagAndTheNextSnapshotFollows() throws Exception {
        ClientProgram run = release(version);
        assertEquals(0, run.exit(), run.output());
        String today = LocalDate.now(ZoneOffset.UTC).toString();

        String pom = git("show", "v" + version + ":pom.xml");
        assertTrue(pom.contains("\n  <version>" + version + "</version>\n"), pom);
        assertTrue(pom.contains("<tag>v" + version + "</tag>"));
        assertTrue(pom.contains("<project.build.outputTimestamp>" + today + "T00:00:00Z<"));
        String changes = git("show", "v" + version + ":CHANGELOG.md");
        assertTrue(changes.contains("## Unreleased\n\n## " + version + " - " + today + "\n\n### Added"), changes);
        for (String file : List.of("README.md", "k8s/base/deployment.yaml", "k8s/Dockerfile")) {
            assertFalse(git("show", "v" + version + ":" + file).contains("SNAPSHOT"), file);
        }
        assertTrue(git("show", "v" + version + "^:README.md").contains("Until there is a release"));
        String readme = git("show", "v" + version + ":README.md");
        assertFalse(readme.contains("Until there is a release") || readme.contains("<!-- end -->"), readme);
        assertTrue(readme.contains("## In a JUnit test\n\nThe test needs no server"), readme);
        assertEquals("Release " + version, git("log", "-1", "--format=%s", "v" + version));
        assertEquals("tag", git("cat-file", "-t", "v" + version));

        assertEquals("Begin " + NEXT, git("log", "-1", "--format=%s"));
        assertTrue(read("pom.xml").contains("\n  <version>" + NEXT + "</version>\n"));
        assertTrue(read("pom.xml").contains("<api.baseline>" + version + "</"));
        assertTrue(read("pom.xml").contains("<japicmp.skip>false</"));
        assertTrue(read("k8s/base/deployment.yaml").contains("chaos-proxy:" + NEXT));
        assertEquals("", git("status", "--porcelain"));

        assertEquals("### Added\n\n- A thing.\n", release("notes", version).output());
        assertEquals("- The first.\n", release("notes", "0.1.0").output());

        String changed = read("CHANGELOG.md").replace("## Unreleased\n", "## Unreleased\n\n- Another thing.\n");
        Files.writeString(folder.resolve("CHANGELOG.md"), changed);
        git("commit", "-qam", "Change");
        ClientProgram second = release(NEXT.replace("-SNAPSHOT", ""));
        assertEquals(0, second.exit(), second.output());
    }

    @Test
    void aDryRunShowsAllAndChangesNothing() throws Exception {
        String before = git("rev-parse", "HEAD");
        ClientProgram run = release("--dry-run", version);
        assertEquals(0, run.exit(), run.output());
        for (String part : List.of(
                "+  <version>" + version + "</version>",
                "+  <version>" + NEXT + "</version>",
                "Release " + version,
                "+## " + version + " - ")) {
            assertTrue(run.output().contains(part), () -> part + " is not in " + run.output());
        }
        assertEquals(before, git("rev-parse", "HEAD"));
        assertEquals("", git("tag"));
        assertEquals("", git("status", "--porcelain"));
    }

    @Test
    void whatCanNotBeReleasedIsOneLine() throws Exception {
        refused("a version is like 0.2.0, not 1.0", "1.0");
        refused("a version is like 0.2.0, not 0.2.0-SNAPSHOT", "0.2.0-SNAPSHOT");
        refused("0.0.9 is before " + version, "0.0.9");
        Files.writeString(folder.resolve("README.md"), "changed");
        refused("there are changes that are not committed", version);
        git("checkout", "-q", "README.md");
        git("tag", "v" + version);
        refused("there is a tag v" + version + " already", version);
        git("tag", "-d", "v" + version);
        Files.writeString(folder.resolve("CHANGELOG.md"), "# Changes\n\n## Unreleased\n");
        git("commit", "-q", "-a", "-m", "Empty");
        refused("CHANGELOG.md has nothing under Unreleased", version);
        assertEquals(2, release().exit());
    }

    private void refused(String reason, String typed) throws Exception {
        ClientProgram run = release(typed);
        assertEquals("release: " + reason + "\n", run.output());
        assertEquals(1, run.exit());
    }
}
