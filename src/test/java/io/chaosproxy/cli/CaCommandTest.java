package io.chaosproxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.Main;
import io.chaosproxy.kit.Child;
import io.chaosproxy.kit.Jvm;
import io.chaosproxy.tls.AuthorityFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CaCommandTest {
    @TempDir
    private Path folder;

    private record Ended(int code, String out, String err) {}

    private static Ended run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Environment environment = new Environment(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Optional::empty,
                new Logging(line -> {}),
                new ShutdownSignal(),
                () -> {});
        int code = Program.commandLine(environment).execute(arguments);
        return new Ended(code, out.toString(), err.toString());
    }

    private X509Certificate certificate() throws IOException {
        return AuthorityFiles.in(folder).read().own().certificate();
    }

    @Test
    void itCreatesAnAuthorityAndSaysHowItIsTrusted() throws Exception {
        Ended ended = run("ca", "--out", folder.toString());

        assertEquals(new Ended(0, ended.out, ""), ended);
        String pem = folder.resolve("chaos-proxy-ca.pem").toString();
        for (String needed : List.of(
                AuthorityFiles.in(folder).read().own().fingerprint(),
                "intercept { ca = \"" + pem + "\", key = \"" + folder.resolve("chaos-proxy-ca.key") + "\" }",
                "curl --cacert " + pem,
                "-Djavax.net.ssl.trustStore=",
                "keytool -importcert -noprompt -alias chaos-proxy -file " + pem,
                "NODE_EXTRA_CA_CERTS=" + pem,
                "REQUESTS_CA_BUNDLE=" + pem,
                "Firefox",
                "certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n chaos-proxy -i " + pem,
                "update-ca-certificates")) {
            assertTrue(ended.out.contains(needed), needed + " in " + ended.out);
        }
        X509Certificate made = certificate();
        assertTrue(made.getSubjectX500Principal().getName().matches("CN=chaos-proxy CA [0-9a-f]{8}"), made::toString);
        assertEquals(
                730,
                Duration.between(Instant.now(), made.getNotAfter().toInstant())
                        .plusHours(1)
                        .toDays());
        assertEquals(
                ended.out.replaceFirst("Created the authority", "Authority"),
                run("ca", "--out", folder.toString(), "--print").out);
        assertEquals(made, certificate());
    }

    @Test
    void itReplacesNothingUnlessAskedTo() throws Exception {
        run("ca", "--out", folder.toString());
        X509Certificate first = certificate();
        Ended refused = run("ca", "--out", folder.toString());
        assertEquals(1, refused.code);
        assertEquals(
                folder.resolve("chaos-proxy-ca.key") + " is there already; --print shows how it is trusted, --force"
                        + " replaces it (clients then have to trust the new one)\n",
                refused.err);
        assertEquals(first, certificate());
        assertEquals(0, run("ca", "--out", folder.toString(), "--force", "--name", "Team, A", "--days", "3").code);
        assertNotEquals(first, certificate());
        assertEquals("CN=Team\\, A", certificate().getSubjectX500Principal().getName());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --days 0           | --days: must be 1 to 3650, not 0
        --days 3651        | --days: must be 1 to 3650, not 3651
        --days x           | --days: must be a whole number, not "x"
        --name=            | --name: must have 1 to 64 characters, and no control characters
        --print --force    | --print creates nothing, so --force does not go with it
        """)
    void wrongOptionsAreRefused(String options, String message) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("ca", "--out", folder.toString()));
        arguments.addAll(List.of(options.split(" ", -1)));
        Ended ended = run(arguments.toArray(String[]::new));
        assertEquals(2, ended.code);
        assertEquals(message, ended.err.lines().findFirst().orElseThrow());
        assertEquals(Set.of(), files());
    }

    @Test
    void whatIsNotThereCannotBePrinted() {
        Ended ended = run("ca", "--out", folder.toString(), "--print");
        assertEquals(new Ended(1, "", folder.resolve("chaos-proxy-ca.pem") + " does not exist\n"), ended);
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return new TreeSet<>(all.map(file -> file.getFileName().toString()).toList());
        }
    }

    private Process program(String before, String... arguments) throws IOException {
        List<String> command = Jvm.withClassPath(List.of("-XX:-UsePerfData")); // a file in /tmp
        command.addAll(List.of(Main.class.getName(), "ca", "--out", folder.toString()));
        command.addAll(List.of(arguments));
        return Child.builder(before, command).redirectErrorStream(true).start();
    }

    /** The limit of the size of files stands for a full disk: both make a write fail. */
    @Test
    void aFullDiskLeavesNothingBehind() throws Exception {
        Process program = program("ulimit -f 0;");
        String said = new String(program.getInputStream().readAllBytes(), UTF_8);
        assertEquals(1, program.waitFor(), said);
        assertEquals(folder.resolve("chaos-proxy-ca.key") + " can't be written: File too large\n", said);
        assertEquals(Set.of(), files());
    }

    /** Looks at the folder all the time while the program runs with a umask that takes no permission away. */
    @Test
    void theKeyIsReadableByItsOwnerFromItsCreationOn() throws Exception {
        Process program = program("umask 000;");
        Set<String> seen = new TreeSet<>();
        do {
            look(seen);
        } while (program.isAlive());
        look(seen);
        assertEquals(0, program.waitFor(), () -> said(program));
        assertEquals(Set.of("rw-------"), seen);
        assertFalse(files().stream().anyMatch(name -> name.endsWith(".new")));
    }

    private static String said(Process program) {
        try {
            return new String(program.getInputStream().readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The permissions of all files with a key that are there at this moment. */
    private void look(Set<String> seen) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.filter(path -> path.getFileName().toString().contains(".key"))
                    .toList()) {
                try {
                    seen.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
                } catch (NoSuchFileException e) {
                    // it has just got its name
                }
            }
        }
    }
}
