chmod 700 home/anna
