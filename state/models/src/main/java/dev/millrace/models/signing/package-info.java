/** Ed25519 keys and signatures. Start at {@link dev.millrace.models.signing.SigningKeys}. */
@NullMarked
package dev.millrace.models.signing;

import org.jspecify.annotations.NullMarked;
