package io.chaosproxy.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.chaosproxy.tls.Reloaded.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadedTest {
    private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

    @TempDir
    Path folder;

    private Path chain(KeyAndChain of) throws IOException {
        return Files.writeString(folder.resolve("chain.pem"), Pem.of(of.chain()));
    }

    private Path key(KeyAndChain of) throws IOException {
        return Files.writeString(folder.resolve("key.pem"), Pem.of(of.key()));
    }

    @Test
    void changedFilesAreLoadedAndBadOnesChangeNothing() throws Exception {
        KeyAndChain one = AUTHORITY.server(List.of("one.example"), CertificateAuthority.DEFAULT_VALIDITY);
        KeyAndChain two = AUTHORITY.server(List.of("two.example"), CertificateAuthority.DEFAULT_VALIDITY);
        Path chain = chain(one);
        Path key = key(one);
        Reloaded<KeyAndChain> reloaded =
                new Reloaded<>(List.of(chain, key), () -> KeyReader.read(chain, Optional.of(key), Optional.empty()));
        assertEquals(new Outcome.Unchanged(), reloaded.refresh());
        chain(two);
        assertInstanceOf(Outcome.Rejected.class, reloaded.refresh(), "the key is still that of the former");
        assertEquals(new Outcome.Unchanged(), reloaded.refresh(), "reported once");
        assertEquals(one, reloaded.current());
        key(two);
        assertEquals(new Outcome.Changed(), reloaded.refresh());
        assertEquals(two, reloaded.current());
        Files.delete(key);
        assertInstanceOf(Outcome.Rejected.class, reloaded.refresh());
        assertEquals(two, reloaded.current());
        key(two);
        assertEquals(new Outcome.Changed(), reloaded.refresh());
    }
}
