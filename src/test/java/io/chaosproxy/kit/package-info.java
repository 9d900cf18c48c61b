/** What the tests are built from: a hand-moved clock, an origin that does what it is told, a client that sees every byte. */
@NullMarked
package io.chaosproxy.kit;

import org.jspecify.annotations.NullMarked;
