package withc
