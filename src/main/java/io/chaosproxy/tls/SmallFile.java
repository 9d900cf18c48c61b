package io.chaosproxy.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Contents of files that settings name: keys, certificates, passwords, users. */
public final class SmallFile {
    /** Upper bound for a file: a trust store of a whole system has a fifth of it. */
    private static final int MAX_SIZE = 1 << 20;

    private SmallFile() {}

    /**
     * Reads it.
     *
     * @throws UnusableFileException naming the file and the reason. A pipe would be read once only, and reading it may wait; a device may
     *     have no end
     */
    public static byte[] read(Path file) throws UnusableFileException {
        if (Files.isDirectory(file)) {
            throw new UnusableFileException(file, "is a folder");
        }
        if (!Files.exists(file)) {
            throw new UnusableFileException(file, "does not exist");
        }
        if (!Files.isRegularFile(file)) {
            throw new UnusableFileException(file, "is no regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_SIZE + 1);
            if (bytes.length > MAX_SIZE) {
                throw new UnusableFileException(file, "is larger than 1 MiB");
            }
            return bytes;
        } catch (UnusableFileException e) {
            throw e;
        } catch (AccessDeniedException e) {
            throw new UnusableFileException(file, "can't be read: no permission");
        } catch (IOException e) {
            throw new UnusableFileException(file, "can't be read: " + e.getMessage());
        }
    }
}
