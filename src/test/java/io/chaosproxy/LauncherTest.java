package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher script, installed below a path with a blank, among fake Javas that say what they were started with. */
class LauncherTest {
    private static final String NONE_FOUND =
            "chaos-proxy needs Java 21 or newer and found none: install a JDK or JRE 21, or set JAVA_HOME to one\n";

    @TempDir
    private Path folder;

    private Path home;
    private Path launcher;
    private final Map<String, String> environment = new TreeMap<>();

    @BeforeEach
    void install() throws IOException {
        home = Files.createDirectories(folder.toRealPath().resolve("a home/chaos-proxy"));
        launcher = Files.createDirectories(home.resolve("bin")).resolve("chaos-proxy");
        Files.copy(Path.of("src/main/launcher/chaos-proxy"), launcher);
        executable(launcher);
        Path lib = Files.createDirectory(home.resolve("lib"));
        Files.createFile(lib.resolve("b.jar"));
        Files.createFile(lib.resolve("a.jar"));

        environment.put("PATH", toolsWithoutJava().toString());
        environment.put("CHAOS_PROXY_JDKS", folder + "/usual jdks/*");
    }

    @Test
    void windowsHasTheSameOptionsForTheSameBriefCommands() throws IOException {
        String unix = Files.readString(Path.of("src/main/launcher/chaos-proxy"));
        String windows = Files.readString(Path.of("src/main/launcher/chaos-proxy.cmd"));

        String commands = part(unix, "\n +(ctl [^)]*)\\)");
        assertTrue(commands.contains("| check |"), commands);
        assertEquals(commands.replace(" |", ""), part(windows, "for %%C in \\((.*)\\) do"));
        assertEquals(part(unix, "brief=\"(.*)\""), part(windows, "set \"CHAOS_PROXY_BRIEF=(.+)\"\r\n"));
        assertTrue(windows.contains("jvm.options\" %CHAOS_PROXY_BRIEF% "), windows);
    }

    private static String part(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), pattern);
        return matcher.group(1);
    }

    @Test
    void javaHomeComesFirst() throws Exception {
        environment.put("JAVA_HOME", java("my java", "21.0.4").toString());
        addToPath(java("path", "25"));

        assertEquals("my java", startedBy(run()));
    }

    @Test
    void anOldJavaHomeGivesWayToThePath() throws Exception {
        environment.put("JAVA_HOME", java("old", "17.0.15").toString());
        addToPath(java("path", "21-ea"));

        assertEquals("path", startedBy(run()));
    }

    @Test
    void amongTheUsualFoldersTheNewestWins() throws Exception {
        addToPath(java("old", "1.8.0_402"));
        java("usual jdks/jdk 21", "21.0.4");
        java("usual jdks/jdk 25", "25.0.3");
        java("usual jdks/jdk 9", "9.0.4");

        assertEquals("jdk 25", startedBy(run()));
    }

    @Test
    void withoutJavaItSaysInOneLineWhatIsMissing() throws Exception {
        assertEquals(new Ended(1, "", NONE_FOUND), run());
    }

    @Test
    void onlyOldJavasAreAsGoodAsNone() throws Exception {
        environment.put("JAVA_HOME", java("old", "20.0.2").toString());
        addToPath(java("older", "11.0.2"));
        java("usual jdks/jdk 17", "17.0.15");

        assertEquals(new Ended(1, "", NONE_FOUND), run());
    }

    @Test
    void aHomeThatTellsItsReleaseIsBelieved() throws Exception {
        Path silent = java("silent", "8");
        Files.writeString(silent.resolve("release"), "IMPLEMENTOR=\"a\"\nJAVA_VERSION=\"25.0.3\"\n");
        environment.put("JAVA_HOME", silent.toString());

        assertEquals("silent", startedBy(run()));
    }

    @Test
    void aCacheOfTheBuildIsPassedOn() throws Exception {
        environment.put("JAVA_HOME", java("java", "21").toString());
        Path server = Files.createFile(home.resolve("lib/server.jsa"));
        Path relay = Files.createFile(home.resolve("lib/relay.jsa"));

        assertTrue(run().out().contains("\n-XX:SharedArchiveFile=" + server + "\n"));
        for (String command : List.of("run tcp", "demo a.conf", "tcp --control :1", "http -D control.listen=:1")) {
            assertTrue(run(command.split(" ")).out().contains("\n-XX:SharedArchiveFile=" + server + "\n"), command);
        }
        for (String command : List.of("tcp --listen :1", "http", "auto", "forward")) {
            assertTrue(run(command.split(" ")).out().contains("\n-XX:SharedArchiveFile=" + relay + "\n"), command);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ctl list", "check a.conf", "ca", "completion bash", "--help", "-h", "--version", "-V"})
    void whatEndsSoonHasACacheOfItsOwnAndIsNotOptimized(String arguments) throws Exception {
        environment.put("JAVA_HOME", java("java", "21").toString());
        Files.createFile(home.resolve("lib/server.jsa"));
        assertFalse(run(arguments.split(" ")).out().contains("-XX:SharedArchiveFile"), "that of the server");

        Path archive = Files.createFile(home.resolve("lib/ctl.jsa"));
        String command = run(arguments.split(" ")).out();
        assertTrue(
                command.contains("\n-XX:TieredStopAtLevel=1\n-XX:CompileThresholdScaling=10\n-XX:SharedArchiveFile="
                        + archive + "\n"),
                command);
        assertFalse(run("run", "ctl").out().contains("TieredStopAtLevel"), "a server");

        environment.put("JAVA_OPTS", "-Xshare:off");
        assertFalse(run(arguments.split(" ")).out().contains("-XX:SharedArchiveFile"), "an option that excludes it");
    }

    /** With any of these Java says that an archive cannot be used at the same time, or does without it, or does not start. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-Xshare:auto",
                "-Xshare:off",
                "-Xmx1g -Xshare:auto -Da=b",
                "-XX:SharedArchiveFile=/tmp/a.jsa",
                "-XX:+AutoCreateSharedArchive",
                "-XX:ArchiveClassesAtExit=/tmp/a.jsa",
                "-XX:SharedClassListFile=/tmp/a",
                "-XX:DumpLoadedClassList=/tmp/a",
                "-XX:AOTMode=off",
                "-XX:AOTCacheOutput=/tmp/a.aot",
                "-XX:AOTConfiguration=/tmp/a -XX:AOTMode=record",
                "-Xms4m", // or that it cannot map the objects of the cache
                "-Xmx16m -Da=b",
                "-Xms8192k",
                "-XX:MaxRAM=24m",
                "-XX:InitialHeapSize=16777216"
            })
    void anOptionThatExcludesTheCacheGoesWithoutIt(String option) throws Exception {
        environment.put("JAVA_HOME", java("java", "25").toString());
        Files.createFile(home.resolve("lib/server.jsa"));
        for (String variable : List.of("JAVA_OPTS", "CHAOS_PROXY_OPTS", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS")) {
            environment.put(variable, option);
            assertFalse(run().out().contains("lib/server.jsa"), variable);
            environment.remove(variable);
        }
        environment.put("JAVA_OPTS", "-Dnote=-Xshare:auto -XX:+UseZGC -Xms32m -Xmx1g -Xss512k -XX:MaxHeapSize=64m");
        assertTrue(run().out().contains("lib/server.jsa"), "an option of another kind");
    }

    @Test
    void anotherCollectorTakesThePlaceOfTheUsualOne() throws Exception {
        environment.put("JAVA_HOME", java("java", "25").toString());
        for (String option : List.of("-XX:+UseG1GC", "-Xmx1g -XX:+UseZGC", "-XX:+UseParallelGC -Da=b")) {
            environment.put("JAVA_OPTS", option);
            List<String> arguments = run().out().lines().toList();
            int off = arguments.indexOf("-XX:-UseSerialGC");
            assertTrue(off > 0 && off < arguments.indexOf(option.split(" ")[0]), arguments::toString);
        }
        environment.put("JAVA_OPTS", "-Xmx1g");
        assertFalse(run().out().contains("SerialGC"));
    }

    @Test
    void streamsThatAreToBeSplicedGetWhatTheyNeed() throws Exception {
        environment.put("JAVA_HOME", java("java", "25").toString());
        String needed = "--enable-native-access=ALL-UNNAMED\n--add-exports=java.base/sun.nio.ch=ALL-UNNAMED\n";
        assertFalse(run().out().contains(needed));
        for (String variable : List.of("JAVA_OPTS", "CHAOS_PROXY_OPTS", "JDK_JAVA_OPTIONS")) {
            environment.put(variable, "-Xmx1g -Dchaosproxy.splice=true");
            assertTrue(run().out().contains(needed), variable);
            environment.put(variable, "-Dchaosproxy.splice=false");
            assertFalse(run().out().contains(needed), variable);
            environment.remove(variable);
        }
    }

    @Test
    void passesOptionsAndArgumentsAsTheyAre() throws Exception {
        environment.put("JAVA_HOME", java("java", "21").toString());
        environment.put("JAVA_OPTS", "-Xmx1g -Dglob=*");
        environment.put("CHAOS_PROXY_OPTS", "-Dmine=1");

        List<String> expected = List.of(
                "java",
                "@" + home + "/lib/jvm.options",
                "-Xmx1g",
                "-Dglob=*",
                "-Dmine=1",
                "-cp",
                home + "/lib/a.jar:" + home + "/lib/b.jar",
                "io.chaosproxy.Main",
                "run",
                "a file.conf",
                "");
        assertEquals(expected, run("run", "a file.conf", "").out().lines().toList());
    }

    @Test
    void findsItsHomeThroughSymbolicLinks() throws Exception {
        environment.put("JAVA_HOME", java("java", "21").toString());
        Path relative = Files.createSymbolicLink(home.resolve("a link"), Path.of("bin/chaos-proxy"));
        launcher = Files.createSymbolicLink(folder.resolve("another link"), relative);

        assertTrue(run().out().contains("\n" + home + "/lib/a.jar:" + home + "/lib/b.jar\n"));
    }

    @Test
    void becomesJavaSoThatSignalsAndTheExitCodeAreJavas() throws Exception {
        Path java = java("java", "21");
        Files.writeString(java.resolve("bin/java"), """
            #!/bin/sh
            [ "$1" = -version ] && echo 'openjdk version "21"' >&2 && exit
            echo $$
            exit 42
            """);
        environment.put("JAVA_HOME", java.toString());

        Process process = start();
        String pid = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(process.pid() + "\n", pid);
        assertEquals(42, process.waitFor());
    }

    private static String startedBy(Ended ended) {
        assertEquals("", ended.err());
        assertEquals(0, ended.code());
        return ended.out().lines().findFirst().orElseThrow();
    }

    private Ended run(String... arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            return new Ended(
                    process.exitValue(),
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly(); // closes the streams as well
        }
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(launcher.toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** A Java home whose java prints its home's name and its arguments, one a line. */
    private Path java(String name, String version) throws IOException {
        Path javaHome = folder.resolve(name);
        Path java = Files.createDirectories(javaHome.resolve("bin")).resolve("java");
        Files.writeString(java, """
            #!/bin/sh
            if [ "$1" = -version ]; then
                echo 'Picked up JAVA_TOOL_OPTIONS: -Dx' >&2
                echo 'openjdk version "%s" 2026-01-01' >&2
            else
                printf '%%s\\n' '%s' "$@"
            fi
            """.formatted(version, javaHome.getFileName()));
        executable(java);
        return javaHome;
    }

    private void addToPath(Path javaHome) {
        environment.merge("PATH", javaHome + "/bin", (tools, java) -> java + ":" + tools);
    }

    /** A folder with the few tools that the script uses, so that this machine's java is not in the way. */
    private Path toolsWithoutJava() throws IOException {
        Path tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : List.of("dirname", "readlink", "sed")) {
            Path real = Files.exists(Path.of("/usr/bin", tool)) ? Path.of("/usr/bin", tool) : Path.of("/bin", tool);
            executable(Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec %s \"$@\"\n".formatted(real)));
        }
        return tools;
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private record Ended(int code, String out, String err) {}
}
