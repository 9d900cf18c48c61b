package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.chaosproxy.kit.Together;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuthorityFilesTest {
    private final CertificateAuthority authority = CertificateAuthority.create("test");

    @TempDir
    private Path folder;

    private AuthorityFiles files;

    @BeforeEach
    void name() {
        files = AuthorityFiles.in(folder);
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        files.write(authority, false);
        assertEquals(authority.own(), files.read().own());
        assertEquals(Set.of("chaos-proxy-ca.key", "chaos-proxy-ca.pem"), names(folder));
        assertEquals("rw-------", permissions(files.key()));
        assertEquals("rw-r--r--", permissions(files.certificate()));
        assertEquals(1, Pem.parse(Files.readString(files.certificate())).size());
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void aMissingFolderIsCreatedForItsOwner() throws IOException {
        Path below = folder.resolve("a/b");
        AuthorityFiles.in(below).write(authority, false);
        assertEquals("rwx------", permissions(below));
    }

    @Test
    void nothingIsReplacedUnlessAskedFor() throws IOException {
        files.write(authority, false);
        CertificateAuthority other = CertificateAuthority.create("other");
        assertThrows(FileAlreadyExistsException.class, () -> files.write(other, false));
        assertEquals(authority.own(), files.read().own());
        files.write(other, true);
        assertEquals(other.own(), files.read().own());
        assertEquals("rw-------", permissions(files.key()));
        assertEquals(2, names(folder).size());
    }

    /** A certificate without its key is somebody's, too. */
    @Test
    void oneOfTheTwoIsEnough() throws IOException {
        Files.writeString(files.certificate(), "mine");
        FileAlreadyExistsException refused =
                assertThrows(FileAlreadyExistsException.class, () -> files.write(authority, false));
        assertEquals(files.certificate().toString(), refused.getFile());
        assertEquals(Set.of("chaos-proxy-ca.pem"), names(folder));
    }

    @Test
    void aLinkToNothingIsNotFollowed() throws IOException {
        Path elsewhere = folder.resolve("elsewhere");
        Files.createSymbolicLink(files.key(), elsewhere);
        assertThrows(FileAlreadyExistsException.class, () -> files.write(authority, false));
        files.write(authority, true);
        assertTrue(Files.notExists(elsewhere));
        assertTrue(Files.isRegularFile(files.key(), LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void ofSeveralAtOnceOneSucceeds() throws Exception {
        for (int round = 0; round < 10; round++) {
            AuthorityFiles contested = AuthorityFiles.in(folder.resolve("round" + round));
            List<Optional<CertificateAuthority>> written = Together.run(8, i -> {
                CertificateAuthority own = CertificateAuthority.create("number " + i);
                try {
                    contested.write(own, false);
                    return Optional.of(own);
                } catch (FileAlreadyExistsException e) {
                    return Optional.empty();
                }
            });
            List<CertificateAuthority> winners =
                    written.stream().flatMap(Optional::stream).toList();
            assertEquals(1, winners.size());
            assertEquals(winners.getFirst().own(), contested.read().own());
        }
    }

    @Test
    void aFileInPlaceOfTheFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        UnusableFileException refused = assertThrows(
                UnusableFileException.class, () -> AuthorityFiles.in(file).write(authority, false));
        assertEquals(file + " is not a folder", refused.getMessage());
        UnusableFileException below = assertThrows(
                UnusableFileException.class,
                () -> AuthorityFiles.in(file.resolve("a")).write(authority, false));
        assertTrue(below.getMessage().startsWith(file.resolve("a") + " can't be created: "), below.getMessage());
    }

    @Test
    void aFolderThatNothingCanBeWrittenTo() {
        Path proc = Path.of("/proc");
        assumeTrue(Files.isDirectory(proc), "there is no /proc");
        UnusableFileException refused = assertThrows(
                UnusableFileException.class, () -> AuthorityFiles.in(proc).write(authority, false));
        assertTrue(
                refused.getMessage().startsWith("/proc/chaos-proxy-ca.key can't be written: "), refused.getMessage());
    }

    @Test
    void onlyAnAuthorityThatCanSignIsRead() throws Exception {
        KeyAndChain server = authority.server(List.of("a.example"), Duration.ofDays(1));
        assertEquals("can't be used: the certificate is not one of an authority (CA:TRUE)", refusal(server));
        CertificateAuthority past = CertificateAuthority.create("past", Duration.ofMinutes(-1));
        assertTrue(refusal(past.own()).startsWith("has an authority that was valid until "), refusal(past.own()));
        KeyPair other = KeyPairGenerator.getInstance("EC").generateKeyPair();
        assertTrue(refusal(new KeyAndChain(other.getPrivate(), authority.own().chain()))
                .startsWith("is not the key of the certificate in "));
    }

    private String refusal(KeyAndChain written) throws IOException {
        Files.writeString(files.certificate(), Pem.of(written.chain()));
        Files.writeString(files.key(), Pem.of(written.key()));
        String said = assertThrows(UnusableFileException.class, files::read).getMessage();
        return said.substring(said.indexOf(' ') + 1);
    }
}
